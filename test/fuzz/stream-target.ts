/** The node under fuzz, a process of its own: its event loop is measured without the work of who writes to it. */

import type { SpEntry } from '../../src/domain/registry.js'
import { systemClock } from '../../src/kit/clock.js'
import { granted, TestRegistry, testNode, until } from '../protocols/v0/harness.js'

export interface TargetReport {
  readonly escapes: readonly string[]
  /** Longest time in which the event loop did not turn and the process was at work, ms. */
  readonly maxStallMs: number
  /** The same with the time in which the machine let others run. */
  readonly maxDelayMs: number
  /** Messages that reached a handler. */
  readonly understood: number
}

const SAMPLE_MS = 5

class AnyListed extends TestRegistry {
  override readonly entries = Object.assign(new Map(), {
    get: (sp: SpEntry['operatorAddress']): SpEntry => ({
      operatorAddress: sp,
      approvalAddress: '',
      endpoint: '',
      status: 'IN_SERVICE',
      nodes: []
    })
  })
}

const escapes: string[] = []
process.on('uncaughtException', error => escapes.push(`uncaught: ${error.stack}`))
process.on('unhandledRejection', reason => escapes.push(`unhandled: ${String(reason)}`))

let understood = 0
const many = 1_000_000
const node = await testNode({
  registry: new AnyListed(),
  pingPeriodMs: 25,
  clock: systemClock,
  limits: {
    messagesPerStranger: 1_000,
    pingsPerSecond: many,
    checksPerSecond: many,
    faultsPerSecond: many,
    strangerFaultsPerSecond: many,
    strangersPercent: 100,
    strangerMs: many
  },
  onAsk: async ask => {
    understood++
    return granted(ask)
  },
  lateReplies: { answeredLate: () => understood++ }
})
let maxStallMs = 0
let maxDelayMs = 0
function measure(): void {
  let lastWall = performance.now()
  let lastCpu = cpuMs()
  setInterval(() => {
    const wall = performance.now()
    const cpu = cpuMs()
    const delay = wall - lastWall - SAMPLE_MS
    maxDelayMs = Math.max(maxDelayMs, delay)
    maxStallMs = Math.max(maxStallMs, Math.min(delay, cpu - lastCpu))
    lastWall = wall
    lastCpu = cpu
  }, SAMPLE_MS).unref()
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

async function report(): Promise<TargetReport> {
  await until(() => node.wire.load.messages === 0, 'every message to be done or given up').catch((error: unknown) =>
    escapes.push(String(error))
  )
  return { escapes, maxStallMs, maxDelayMs, understood: understood + node.claims.length }
}

process.on('message', (order: 'measure' | 'report' | 'stop') => {
  if (order === 'measure') measure()
  else if (order === 'report') void report().then(result => process.send?.(result))
  else void node.stop().then(() => process.disconnect())
})
process.send?.({ addresses: node.host.addresses().map(String) })
