import { TypedEventEmitter } from 'main-event'
import t from 'tap'
import { createKey, peerIdOf } from '../../../src/identity/keys.js'
import { createMetrics } from '../../../src/index.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'
import { Sender } from '../../../src/protocols/v0/sender.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

t.test('what may not dial is not sent where no connection is, and costs no dial', async t => {
  let dials = 0
  const host = {
    events: new TypedEventEmitter(),
    connections: () => []
  } as unknown as P2PHost
  const nothing = (): void => undefined
  const sender = new Sender({
    host,
    directory: { contacted: nothing },
    connector: {
      connect: async () => {
        dials++
        throw new Error('refused')
      }
    },
    clock: fakeClock(),
    metrics: createMetrics()
  })
  const { signal } = new AbortController()
  const peer = peerIdOf(createKey())
  const unreachable = { code: 'ERR_UNREACHABLE' }
  await t.rejects(sender.send(peer, '/ping/0.0.1', new Uint8Array(1), { signal, dial: false }), unreachable)
  t.equal(dials, 0)
  await t.rejects(sender.send(peer, '/approval/request/0.0.1', new Uint8Array(1), { signal }), unreachable)
  t.equal(dials, 1)
})
