import { shortForm } from '../chaos/harness/short.js'
import { churn } from '../chaos/rows/churn.js'

shortForm(churn)
