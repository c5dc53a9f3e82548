import { shortForm } from './harness/short.js'
import { cover } from './rows/cover.js'

shortForm(cover)
