import { shortForm } from './harness/short.js'
import { churn } from './rows/churn.js'

shortForm(churn)
