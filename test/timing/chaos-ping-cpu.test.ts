import { shortForm } from '../chaos/harness/short.js'
import { pingCpu } from '../chaos/rows/ping-cpu.js'

shortForm(pingCpu)
