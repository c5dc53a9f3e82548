import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createKey, type SpEntry } from '../../src/index.js'
import { awaited } from '../support/awaited.js'
import { endChild, forkScript } from '../support/child.js'
import type { FromClockNode, ToClockNode } from './clock-node.js'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
/** Within which an honest ask is granted once the clocks are right. */
const BOUND_MS = 5_000

const root = mkdtempSync(join(tmpdir(), 'clock-'))
t.teardown(() => rm(root, { recursive: true, force: true }))

interface ClockNode {
  readonly entry: SpEntry
  tell(message: ToClockNode): Promise<FromClockNode>
}

const keys = { asker: createKey(), granter: createKey() }

async function start(name: keyof typeof keys, msAhead = 0): Promise<ClockNode> {
  const key = Buffer.from(keys[name]).toString('hex')
  const child = forkScript(new URL('./clock-node.js', import.meta.url), [join(root, name), key, `${msAhead}`])
  t.teardown(() => endChild(child))
  const [ready] = (await awaited(`${name} to start`, once(child, 'message'))) as [FromClockNode]
  if (!('entry' in ready)) throw new Error('expected the entry of a started node')
  return {
    entry: ready.entry,
    tell: async message => {
      const answer = awaited(`${name} to ${message.do}`, once(child, 'message'))
      child.send(message)
      return ((await answer) as [FromClockNode])[0]
    }
  }
}

async function introduce(...nodes: readonly ClockNode[]): Promise<void> {
  const entries = nodes.map(({ entry }) => entry)
  await Promise.all(nodes.map(node => node.tell({ do: 'list', entries })))
}

/** Asks as a caller does who waits as long as it is told to; ms until it was granted. */
async function msUntilGranted(node: ClockNode, id: string): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const answer = await node.tell({ do: 'ask', id, timeoutMs: BOUND_MS })
    const ms = performance.now() - begun
    if ('done' in answer) return ms
    if (ms > 2 * BOUND_MS) throw new Error(`object ${id}: ${JSON.stringify(answer)} after ${Math.round(ms)} ms`)
    await pause('retryAfterMs' in answer ? answer.retryAfterMs : 0)
  }
}

t.test('real nodes: however wrong the clocks were, an ask is granted within 5 s once they are right', async t => {
  let granter = await start('granter')
  let asker = await start('asker', YEAR_MS)
  await introduce(asker, granter)
  const early = { do: 'ask', id: '1', timeoutMs: 300 } as const
  const granted = async (name: string, ...ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const ms = await msUntilGranted(asker, id)
      t.ok(ms <= BOUND_MS, `${name}: object ${id} after ${Math.round(ms)} ms`)
    }
  }
  t.match(await asker.tell(early), { code: 'ERR_INSUFFICIENT_APPROVALS' }, 'nobody believes it')
  await asker.tell({ do: 'clock', msAhead: 0 })
  await granted('a year ahead, then right', '1', '2')

  await asker.tell({ do: 'clock', msAhead: HOUR_MS })
  t.match(await asker.tell({ ...early, id: '3' }), { code: 'ERR_INSUFFICIENT_APPROVALS' })
  await asker.tell({ do: 'stop' })
  asker = await start('asker')
  await introduce(asker, granter)
  await granted('an hour ahead, then restarted with the right time', '1', '3')

  for (const node of [asker, granter]) await node.tell({ do: 'clock', msAhead: -YEAR_MS })
  await asker.tell({ ...early, id: '2', timeoutMs: 2_000 })
  for (const node of [asker, granter]) await node.tell({ do: 'clock', msAhead: HOUR_MS })
  t.match(await asker.tell({ ...early, id: '4', timeoutMs: BOUND_MS }), { done: 'ask' }, 'both wrong alike')
  await granter.tell({ do: 'stop' })
  await asker.tell({ do: 'clock', msAhead: 0 })
  granter = await start('granter')
  await introduce(asker, granter)
  await granted('both a year behind, then an hour ahead, then right', '4', '2', '1')
})
