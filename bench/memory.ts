import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Figure, figure } from './figures.js'

const GOAL_MB = 120
const NODES = 3
/** What the start leaves behind is collected by then. */
const SETTLE_MS = 5_000

/** Resident memory of a daemon that `sp-approval start` started and left alone: API, metrics, store and host. */
export async function memory(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-memory-'))
  const nodes: ChildProcess[] = []
  try {
    const begun: number[] = []
    const settled: number[] = []
    for (let i = 0; i < NODES; i++) {
      const node = await daemon(dir, `node-${i}`)
      nodes.push(node)
      begun.push(await residentMb(node))
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      settled.push(await residentMb(node))
      await ended(node)
    }
    const name = 'resident memory of one daemon'
    return [
      figure(`${name}, at its ready line`, 'MB', begun, 'reference', () => true),
      figure(`${name}, ${SETTLE_MS / 1_000} s later`, 'MB', settled, `≤ ${GOAL_MB}`, value => value <= GOAL_MB)
    ]
  } finally {
    await Promise.all(nodes.map(ended))
    await rm(dir, { recursive: true, force: true })
  }
}

async function daemon(cwd: string, name: string): Promise<ChildProcess> {
  const bin = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--http', '127.0.0.1:0', '--metrics', '127.0.0.1:0']
  const args = [bin, 'start', '--json', '--data-dir', name, '--log-level', 'error', ...listen]
  const { PATH } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { PATH }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')])
  if (typeof line !== 'string') throw new Error('expected a daemon, it ended')
  return child
}

/** MB as the Go figure has them: 10^6 bytes. Linux only. */
async function residentMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kib === undefined) throw new Error('expected VmRSS in /proc')
  return (Number(kib) * 1_024) / 1e6
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
