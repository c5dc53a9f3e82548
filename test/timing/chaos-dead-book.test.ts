import { shortForm } from '../chaos/harness/short.js'
import { deadBook } from '../chaos/rows/dead-book.js'

shortForm(deadBook)
