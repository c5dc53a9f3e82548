import { shortForm } from './harness/short.js'
import { partition } from './rows/partition.js'

shortForm(partition)
