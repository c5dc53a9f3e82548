/** What a scraper sees of a running node. */

import { register } from 'prom-client'
import t from 'tap'
import {
  createKey,
  createP2PModule,
  customChain,
  defaultPolicy,
  InsufficientApprovalError,
  localSigner,
  operatorAddressOf,
  type P2PModule
} from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'
import { until } from '../support/awaited.js'

const scrape = (module: P2PModule): Promise<string> => module.metrics.registry.metrics()
const figureOf = (text: string, metric: string): number | undefined => {
  const line = text.split('\n').find(each => each.startsWith(`${metric} `))
  return line === undefined ? undefined : Number(line.slice(metric.length))
}

/** Resolves with the scrape in which the metric first has the value; figures are taken once a second. */
async function untilShown(module: P2PModule, metric: string, value: number): Promise<string> {
  let text = ''
  const isSo = async (): Promise<boolean> => {
    text = await scrape(module)
    return figureOf(text, metric) === value
  }
  await until(isSo, `${metric} to be ${value}`)
  return text
}

t.test('connections, grants, capacity, ages and libp2p’s own figures are there, after a restart too', async t => {
  const network = await createTestNetwork(3)
  t.teardown(() => network.stop())
  const [asker, granter] = network.modules
  if (asker === undefined || granter === undefined) throw new Error('expected two modules')
  await granter.stop()
  await granter.start()
  await granter.waitForSps(2)
  // The asker dials the restarted node when it notices; until then it is told that nobody answers there.
  for (;;) {
    const options = { min: 2, max: 2, timeoutMs: 5_000 }
    const error = await asker.handleReplicatePieceApproval(network.task(), options).catch((thrown: unknown) => thrown)
    if (!(error instanceof InsufficientApprovalError)) break
    await granter.waitForSps(2)
  }

  const [grant] = await granter.grants()
  const promised = Number(grant?.reservedBytes ?? 0n)
  t.ok(promised > 0)
  const text = await untilShown(granter, 'sp_approval_capacity_promised_bytes', promised)
  t.equal(figureOf(text, 'sp_approval_capacity_bytes'), 2 ** 40)
  t.ok((figureOf(text, 'sp_approval_chain_list_age_seconds') ?? -1) >= 0)
  for (const state of ['live', 'consumed', 'released', 'expired']) {
    t.type(figureOf(text, `sp_approval_grants{state="${state}"}`), 'number', state)
  }
  const directions = ['inbound', 'outbound'] as const
  const [ours, theirs] = (
    ['sp_approval_connections{direction="', 'libp2p_connection_manager_connections{name="'] as const
  ).map(name => directions.map(direction => figureOf(text, `${name}${direction}"}`) ?? 0))
  t.strictSame(ours, theirs, 'libp2p counts the same connections')
  t.ok((ours?.[0] ?? 0) + (ours?.[1] ?? 0) >= 2, `${ours}`)
  t.match(text, /^libp2p_noise_xxhandshake_successes_total [1-9]/m)
  t.match(text, /^libp2p_connection_manager_dials_total\{/m)
  t.equal(await register.metrics(), '\n', 'the registry of the process stays empty')
})

t.test('the age of the list is the connector’s, and reload() asks connector and policy to read again', async t => {
  const read: string[] = []
  const chain = customChain({ listProviders: async () => [], height: async () => 5n })
  const key = createKey()
  const module = await createP2PModule({
    operatorAddress: operatorAddressOf(key),
    signer: localSigner(key),
    chain: {
      ...chain,
      status: () => ({ ...chain.status(), listAgeMs: 42_000 }),
      refresh: async () => void read.push('list')
    },
    policy: { ...defaultPolicy(), reload: () => read.push('policy') },
    listen: [],
    dht: 'off'
  })
  await module.start()
  t.teardown(() => module.stop())
  await untilShown(module, 'sp_approval_chain_list_age_seconds', 42)
  await module.reload()
  t.strictSame(read, ['policy', 'list'])
})
