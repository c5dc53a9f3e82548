import type { Connection, Libp2pEvents } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import t from 'tap'
import { silentLogger } from '../../../src/logger.js'
import { ConnectionScope } from '../../../src/protocols/host/connection-scope.js'
import { createResourceManager } from '../../../src/resources/manager.js'

function setUp(limits: object, open: Connection[] = []) {
  const events = new TypedEventEmitter<Libp2pEvents>()
  const scope = createResourceManager({ limits }).service('p2p')
  const counted = new ConnectionScope({ host: { events, connections: () => open }, scope, logger: silentLogger })
  const aborted: unknown[] = []
  const connection = (direction: 'inbound' | 'outbound'): Connection =>
    ({ direction, remotePeer: 'peer', abort: (error: unknown) => aborted.push(error) }) as never
  const tell = (type: 'connection:open' | 'connection:close', detail: Connection): void =>
    void events.safeDispatchEvent(type, { detail })
  return { scope, counted, aborted, connection, tell }
}

t.test('open connections are reserved by direction with a file descriptor each, until they close', async t => {
  const { scope, counted, connection, tell } = setUp({})
  const [first, second] = [connection('inbound'), connection('outbound')]
  counted.start()
  tell('connection:open', first)
  tell('connection:open', second)
  tell('connection:open', second)
  t.match(scope.usage(), { connsInbound: 1, connsOutbound: 1, conns: 2, fds: 2 })
  tell('connection:close', first)
  tell('connection:close', first)
  t.match(scope.usage(), { connsInbound: 0, connsOutbound: 1, conns: 1, fds: 1 })
  counted.stop()
  t.match(scope.usage(), { conns: 0, fds: 0 })
})

t.test('a connection beyond a limit is closed with the figures, and holds nothing', async t => {
  const { scope, counted, connection, tell, aborted } = setUp({ connsInbound: 1 })
  counted.start()
  tell('connection:open', connection('inbound'))
  const surplus = connection('inbound')
  tell('connection:open', surplus)
  t.match(aborted, [{ code: 'ERR_RESOURCE_LIMIT', resource: 'connsInbound', current: 1, attempted: 1, limit: 1 }])
  tell('connection:close', surplus)
  t.match(scope.usage(), { connsInbound: 1, fds: 1 })
  tell('connection:open', connection('outbound'))
  t.equal(aborted.length, 1, 'the other direction has its own limit')
  counted.stop()
})

t.test('connections that were open before are reserved too', async t => {
  const open: Connection[] = []
  const { scope, counted, connection } = setUp({}, open)
  open.push(connection('outbound'))
  counted.start()
  t.match(scope.usage(), { connsOutbound: 1 })
  counted.stop()
})
