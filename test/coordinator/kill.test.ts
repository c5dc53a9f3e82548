import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createCoordinator } from '../../src/coordinator/index.js'
import { systemClock } from '../../src/kit/clock.js'
import { node } from '../chain/entries.js'
import { endChild } from '../support/child.js'
import { guardChild } from '../support/guard.js'
import { COORDINATOR_KEY, folderOf, joinOf, request, stateOf } from './harness.js'

const SCRIPT = fileURLToPath(new URL('./run-coordinator.js', import.meta.url))
const ROUNDS = 3

async function spawned(t: Test, dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [SCRIPT, dataDir, Buffer.from(COORDINATOR_KEY).toString('hex')], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  guardChild(child)
  t.teardown(() => endChild(child))
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('the coordinator ended before it was ready')))
  const [url] = await once(createInterface({ input: child.stdout }), 'line', { signal: ended.signal })
  return { child, url: String(url) }
}

t.test('kill -9 in the middle of joins loses no join that was acknowledged', async t => {
  const dataDir = await folderOf(t)
  const coordinator = createCoordinator({ network: 'local', dataDir, key: COORDINATOR_KEY, open: true })
  const acknowledged = new Map<number, number>()
  let sequence = 0n
  for (let round = 0; round < ROUNDS; round++) {
    const { child, url } = await spawned(t, dataDir)
    const state = await stateOf(url)
    t.ok(BigInt(state.sequence) >= sequence, 'the sequence never goes back')
    const listed = new Set(state.entries.flatMap(entry => entry.nodes.map(({ peerId }) => peerId)))
    for (const [n, serial] of acknowledged) {
      t.ok(listed.has(node(n).peerId))
      const replayed = await request(`${url}/v1/join`, joinOf(n, coordinator, systemClock, { serial }))
      t.match(replayed, { status: 409, body: { reason: 'serial' } })
    }
    // Some of these joins are answered before the process dies, one is being written, the rest never happen.
    const killAfter = 1 + round * 3
    let answered = 0
    const joins = Array.from({ length: 16 }, async (_, index) => {
      const n = round * 16 + index + 1
      const join = joinOf(n, coordinator, systemClock)
      const answer = await request(`${url}/v1/join`, join)
      if (answer.status === 200) acknowledged.set(n, join.serial)
      answered++
      if (answered === killAfter) child.kill('SIGKILL')
    })
    await Promise.allSettled([...joins, once(child, 'exit')])
    t.ok(acknowledged.size > round)
    sequence = BigInt(state.sequence) + BigInt(killAfter)
  }
})
