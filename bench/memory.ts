import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endChild } from '../test/support/child.js'
import { guardChild, guardFolder } from '../test/support/guard.js'
import { type Arm, commandOf, inTurns } from './arms.js'
import { amount, atMost, type Figure, figuresOf, REFERENCE } from './figures.js'

const GOAL_MB = 120
const MAX_AMOUNT = 1.03
const DAEMONS = 7
/** What the start left behind has been collected by then. */
const SETTLE_MS = 5_000

/** Resident memory of a daemon that `sp-approval start` started and nobody uses: API, metrics, store and host. */
export async function* memory(
  arms: readonly Arm[],
  { count = DAEMONS }: { readonly count?: number }
): AsyncGenerator<Figure> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-memory-'))
  guardFolder(dir)
  let daemons = 0
  const turns = await inTurns(arms, count, async arm => {
    const daemon = await startDaemon(arm, dir, `node-${daemons++}`)
    try {
      const ready = await residentMb(daemon)
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      return { ready, settled: await residentMb(daemon) }
    } finally {
      await endChild(daemon, 'SIGTERM')
    }
  })
  const name = 'resident memory of one daemon'
  yield* [
    ...figuresOf({
      name: `${name}, at its ready line`,
      unit: 'MB',
      goal: REFERENCE,
      arms: turns.map(arm => arm.map(({ ready }) => [ready]))
    }),
    ...figuresOf({
      name: `${name}, ${SETTLE_MS / 1_000} s later`,
      unit: 'MB',
      goal: atMost(GOAL_MB),
      arms: turns.map(arm => arm.map(({ settled }) => [settled])),
      against: amount(atMost(MAX_AMOUNT))
    })
  ]
}

async function startDaemon(arm: Arm, cwd: string, name: string): Promise<ChildProcess> {
  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--http', '127.0.0.1:0', '--metrics', '127.0.0.1:0']
  const args = [commandOf(arm), 'start', '--json', '--data-dir', name, '--log-level', 'error', ...listen]
  const { PATH } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { PATH }, stdio: ['ignore', 'pipe', 'inherit'] })
  guardChild(child)
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')])
  if (typeof line !== 'string') throw new Error('expected a daemon, it ended')
  return child
}

/** In units of 10^6 bytes. Linux only. */
async function residentMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kib === undefined) throw new Error('expected VmRSS in /proc')
  return (Number(kib) * 1_024) / 1e6
}
