import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { writeKey } from '../../../src/index.js'
import { endChild, hasEnded } from '../../support/child.js'
import { guardChild } from '../../support/guard.js'
import { pause } from '../harness/network.js'
import type { RowContext } from '../harness/row.js'

const BIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url))
const COLLECT = new URL('./collect-on-signal.js', import.meta.url).href

export interface VictimSpec {
  readonly folder: string
  readonly port: number
  readonly operatorKey: Uint8Array
  readonly nodeKey: Uint8Array
  readonly providers: string
}

/** One daemon as an operator runs it, with the limits of production. */
export class Victim {
  readonly #child: ChildProcess
  readonly #metricsUrl: string

  /** @throws when it ends before it is ready */
  static async start(
    { scope, say }: RowContext,
    { folder, port, operatorKey, nodeKey, providers }: VictimSpec
  ): Promise<Victim> {
    await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
    await writeKey(join(folder, 'data/operator.key'), operatorKey)
    await writeKey(join(folder, 'data/node.key'), nodeKey)
    const config = `[P2P]
P2PAddress = '127.0.0.1:${port}'
[Ask]
Min = 1
Max = 1
[Api]
HTTPAddress = '127.0.0.1:0'
[Monitor]
MetricsHTTPAddress = '127.0.0.1:0'
[Log]
Level = 'error'
[Chain]
ProvidersFile = '${providers}'
`
    await writeFile(join(folder, 'config.toml'), config, { mode: 0o600 })
    const args = ['--expose-gc', '--import', COLLECT, BIN, 'start', '--json']
    const env = { PATH: process.env.PATH, NO_COLOR: '1' }
    const child = guardChild(spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
    scope.defer(() => endChild(child))
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000)
    })
    child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL') say(`the daemon ended (${signal ?? code}): ${errors}`)
    })
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit')])
    if (typeof line !== 'string') throw new Error(`the victim ended before it was ready: ${errors}`)
    return new Victim(child, String((JSON.parse(line) as { metricsUrl: unknown }).metricsUrl))
  }

  private constructor(child: ChildProcess, metricsUrl: string) {
    this.#child = child
    this.#metricsUrl = metricsUrl
  }

  get runs(): boolean {
    return !hasEnded(this.#child)
  }

  /** Each metric by name, the values of its labels added up. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(this.#metricsUrl, { signal: AbortSignal.timeout(SCRAPE_MS) })).text()
    const sums = new Map<string, number>()
    for (const [, name = '', value = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{.*\})? (\S+)$/gm)) {
      sums.set(name, (sums.get(name) ?? 0) + Number(value))
    }
    return sums
  }

  /** What the daemon's main thread has run so far, ms. */
  async ranMs(): Promise<number> {
    const [ran] = (await readFile(`/proc/${this.#child.pid}/schedstat`, 'utf8')).split(' ')
    return Number(ran) / NS_PER_MS
  }

  /** Reads every so often by how much the event loop was late at most since the reading before. */
  watchStalls(): StallWatch {
    return new StallWatch(this)
  }

  /** Bytes that are in use after garbage was collected, heap and buffers. */
  async usedBytes(): Promise<number> {
    this.#child.kill('SIGUSR2')
    await pause(COLLECT_MS)
    const metrics = await this.metrics()
    return (metrics.get('nodejs_heap_size_used_bytes') ?? 0) + (metrics.get('nodejs_external_memory_bytes') ?? 0)
  }
}

/** Far above any stall that a daemon survives. */
const SCRAPE_MS = 60_000
const COLLECT_MS = 1_000
const WATCH_MS = 250
const NS_PER_MS = 1e6

export class StallWatch {
  readonly #victim: Victim
  readonly #watching: Promise<void>
  #running = true
  #ranMs = 0
  worstMs = 0

  constructor(victim: Victim) {
    this.#victim = victim
    this.#watching = this.#watch()
  }

  /** @returns the worst, ms */
  async stop(): Promise<number> {
    this.#running = false
    await this.#watching
    return this.worstMs
  }

  async #watch(): Promise<void> {
    // What happened before is not ours.
    await this.#read()
    this.worstMs = 0
    while (this.#running) {
      await pause(WATCH_MS)
      await this.#read()
    }
  }

  async #read(): Promise<void> {
    const begun = performance.now()
    const lateMs = await this.#victim.metrics().then(
      metrics => (metrics.get('nodejs_eventloop_lag_max_seconds') ?? 0) * 1_000,
      // A daemon that does not answer even this stands still, or has ended.
      () => (this.#victim.runs ? performance.now() - begun : Number.POSITIVE_INFINITY)
    )
    // Of a daemon that has ended nothing is left to read.
    const ranMs = await this.#victim.ranMs().catch(() => Number.POSITIVE_INFINITY)
    // Late by more than it ran since the reading before: it had no core, which is the machine's doing.
    this.worstMs = Math.max(this.worstMs, Math.min(lateMs, ranMs - this.#ranMs))
    this.#ranMs = ranMs
  }
}
