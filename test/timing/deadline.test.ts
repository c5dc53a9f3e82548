import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { OWN } from '../../bench/arms.js'
import { benchProcess } from '../../bench/process.js'
import { createKey, InsufficientApprovalError, operatorAddressOf, peerIdOf, type SpEntry } from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'
import { onlyConnectionsHeld } from '../support/held.js'

const TIMEOUT_MS = 1_000
const LATE_MS = 100

/** An SP on the list that is behind this address, or behind none. */
function listed(addresses: readonly string[]): SpEntry {
  return {
    operatorAddress: operatorAddressOf(createKey()),
    approvalAddress: '',
    endpoint: '',
    status: 'IN_SERVICE',
    nodes: [{ peerId: peerIdOf(createKey()), addresses }]
  }
}

/** Accepts connections and never says a word: no handshake, no refusal. */
async function mute(t: Test): Promise<string> {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return `/ip4/127.0.0.1/tcp/${address.port}`
}

t.test('no ask outlives its deadline by more than 100 ms, whoever is silent', async t => {
  const net = await createTestNetwork(3)
  t.teardown(() => net.stop())
  const frozen = await benchProcess('nodes', OWN)
  t.teardown(() => frozen.close())
  const entries = await frozen.call('start', 4)
  const tarpit = await mute(t)
  const closed = '/ip4/127.0.0.1/tcp/1'
  for (const entry of entries) net.chain.put(entry)
  for (const index of entries.keys()) await frozen.call('list', index, [...net.chain.entries.values()])
  await net.modules[0]?.waitForSps(6)
  frozen.freeze()
  for (let i = 0; i < 30; i++) {
    net.chain.put(listed([tarpit]))
    net.chain.put(listed([closed]))
    net.chain.put(listed([]))
  }

  for (let round = 0; round < 5; round++) {
    const started = performance.now()
    const error = await net.modules[0]
      ?.handleReplicatePieceApproval(net.task(), { min: 3, max: 6, timeoutMs: TIMEOUT_MS })
      .catch((cause: unknown) => cause)
    const took = performance.now() - started
    t.type(error, InsufficientApprovalError)
    t.ok(took <= TIMEOUT_MS + LATE_MS, `${Math.round(took)} ms`)
    t.ok(took >= TIMEOUT_MS - 5, 'nobody gave up early: silent SPs could still have answered')
    if (error instanceof InsufficientApprovalError) {
      t.equal(error.report.approvals.length, 2)
      for (const { operatorAddress } of entries) t.ok(error.report.silent.includes(operatorAddress))
    }
  }
  onlyConnectionsHeld(t, net.modules[0]?.resources() ?? [])
})

t.test('an ask that is cancelled ends at once, in the middle of anything', async t => {
  let decide: (decision: undefined) => void = () => undefined
  const undecided = new Promise<undefined>(resolve => {
    decide = resolve
  })
  const net = await createTestNetwork(2, {
    options: index => (index === 0 ? {} : { policy: [() => undecided], drainMs: 200 })
  })
  t.teardown(async () => {
    await net.stop()
    decide(undefined)
  })
  for (const delay of [0, 1, 5, 50]) {
    const controller = new AbortController()
    const ask = net.modules[0]
      ?.handleReplicatePieceApproval(net.task(), { min: 1, max: 1, timeoutMs: 30_000, signal: controller.signal })
      .catch((cause: unknown) => cause)
    await new Promise(resolve => setTimeout(resolve, delay))
    const cancelled = performance.now()
    controller.abort()
    t.match(await ask, { code: 'ERR_CANCELLED' })
    t.ok(performance.now() - cancelled <= LATE_MS)
  }
})
