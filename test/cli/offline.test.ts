/** What `doctor` sees of the network where no daemon runs. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { checkCoordinator, checkTarget } from '../../src/cli/commands/doctor/offline-network.js'
import { loadConfig } from '../../src/config/index.js'
import { createCoordinator } from '../../src/coordinator/index.js'
import { createKey, localSigner } from '../../src/index.js'

t.test('a bootstrap entry takes connections, refuses them, or has a name that does not resolve', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.match(await checkTarget('bootstrap', 'x', 'localhost', port), { verdict: 'ok' })
  server.close()
  await once(server, 'close')
  t.match(await checkTarget('bootstrap', 'x', '127.0.0.1', port), {
    verdict: 'warn',
    what: 'x: no connection (ECONNREFUSED)'
  })
  t.match(await checkTarget('bootstrap', 'x', 'no-such-name.invalid', port), {
    verdict: 'warn',
    what: /x: no-such-name\.invalid does not resolve/
  })
})

t.test('a coordinator answers, lists this SP or not, and has our time; or it does not answer', async t => {
  const operator = localSigner(createKey())
  const service = createCoordinator({
    listen: '127.0.0.1:0',
    network: 'local',
    dataDir: join(t.testdir(), 'c'),
    key: createKey(),
    allow: [operator.operatorAddress]
  })
  const { url } = await service.start()
  const config = loadConfig({
    flags: { 'Chain.CoordinatorURL': url, 'Chain.CoordinatorPublicKey': service.publicKey, 'Chain.Network': 'local' }
  })
  t.match(await checkCoordinator(config, operator), [
    { check: 'coordinator', verdict: 'ok', what: `${url} answers: 0 on its list` },
    { check: 'listed', verdict: 'warn', todo: /it joins when it starts/ },
    { check: 'clock', verdict: 'ok' }
  ])
  t.match(
    (await checkCoordinator(config, undefined)).map(({ check }) => check),
    ['coordinator', 'clock'],
    'before the first start'
  )
  const stranger = loadConfig({
    flags: {
      'Chain.CoordinatorURL': url,
      'Chain.CoordinatorPublicKey': `02${'11'.repeat(32)}`,
      'Chain.Network': 'local'
    }
  })
  t.match(await checkCoordinator(stranger, operator), [
    { check: 'coordinator', verdict: 'fail', what: /sign/, todo: /CoordinatorPublicKey/ },
    { check: 'clock' }
  ])
  await service.stop()
  t.match(await checkCoordinator(config, operator), [
    {
      check: 'coordinator',
      verdict: 'fail',
      what: /expected an answer, got (ECONNREFUSED|other side closed|UND_ERR_SOCKET|ECONNRESET)/
    }
  ])
})
