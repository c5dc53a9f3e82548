/** What an embedding program hangs on the module may fail: asks, grants and the process do not notice. */
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createHttpApi } from '../../src/api/http/index.js'
import {
  type CreateTimeSpan,
  createMetrics,
  type Logger,
  type Metrics,
  memoryStore,
  StoreError
} from '../../src/index.js'
import { createTestNetwork } from '../../src/testing/index.js'
import { clientOf, TOKEN } from '../api/http/fixture.js'
import { until } from '../support/awaited.js'

const broken = (): never => {
  throw new Error('broken on purpose')
}
const EVENTS = ['ask:sent', 'approval:received', 'ask:done', 'task:state', 'policy:decision', 'sp:updated'] as const

const loggers: Readonly<Record<string, Logger>> = {
  throws: { debug: broken, info: broken, warn: broken, error: broken, child: broken },
  rejects: {
    debug: async () => broken(),
    info: async () => broken(),
    warn: async () => broken(),
    error: async () => broken()
  }
}

function brokenMetrics(): Metrics {
  const made = Object.entries(createMetrics()).map(([name, metric]) => {
    const methods = { inc: broken, dec: broken, set: broken, observe: broken, reset: broken, get: broken }
    return [name, name === 'registry' ? metric : Object.assign(Object.create(metric), methods)]
  })
  return Object.fromEntries(made) as Metrics
}

for (const [how, logger] of Object.entries(loggers)) {
  t.test(`a logger that ${how}, metrics and event listeners that throw or reject: nobody else notices`, async t => {
    const net = await createTestNetwork(3, { options: () => ({ logger, metrics: brokenMetrics() }) })
    t.teardown(() => net.stop())
    const heard = new Set<string>()
    for (const module of net.modules) {
      for (const type of EVENTS) {
        module.addEventListener(type, broken)
        module.addEventListener(type, async () => broken())
        module.addEventListener(type, () => void heard.add(type))
      }
    }
    const [asker] = net.modules
    const ask = { min: 2, max: 2, timeoutMs: 20_000 }
    t.equal((await asker?.handleReplicatePieceApproval(net.task(), ask))?.approvals.length, 2)
    await setImmediate()
    for (const type of EVENTS.slice(0, 5)) t.ok(heard.has(type), `${type} reached the listener behind them`)
    const findings = (await asker?.diagnose({ min: 2 })) ?? []
    t.strictSame(
      findings.filter(({ verdict }) => verdict === 'fail'),
      []
    )
    await until(() => {
      net.clock.advance(1_000)
      return (asker?.overview().alarms.length ?? 3) >= 3
    }, 'three alarms')
    const alarms = Object.fromEntries(asker?.alarms.list.map(({ kind, message }) => [kind, message]) ?? [])
    t.match(alarms, {
      log: 'broken on purpose',
      listener: /^a listener of [a-z:]+: broken on purpose$/,
      metrics: 'recording: broken on purpose'
    })
    await net.stop()
    t.equal(asker?.overview().state, 'stopped')
  })
}

t.test('a store on a full disk is told while it lasts, and found writable again without an ask', async t => {
  let full = false
  const store = memoryStore()
  const disk = {
    ...store,
    putCreateTimes: async (spans: readonly CreateTimeSpan[]) => {
      if (full) throw new StoreError('full', 'no space left')
      await store.putCreateTimes(spans)
    }
  }
  const net = await createTestNetwork(2, { options: index => (index === 0 ? { store: disk } : {}) })
  t.teardown(() => net.stop())
  const [asker] = net.modules
  const ask = { min: 1, max: 1, timeoutMs: 20_000 }
  await asker?.handleReplicatePieceApproval(net.task(), ask)
  full = true
  net.clock.advance(10_000)
  await t.rejects(asker?.handleReplicatePieceApproval(net.task(), ask) as Promise<unknown>, { code: 'ERR_STORE_FULL' })
  const sweepUntil = async (alarmed: boolean): Promise<void> => {
    await until(
      () => {
        net.clock.advance(1_000)
        return asker?.overview().alarms.some(({ kind }) => kind === 'store-write') === alarmed
      },
      `the alarm of the store to be ${alarmed ? 'raised' : 'cleared'}`
    )
  }
  await sweepUntil(true)
  t.match(asker?.overview().alarms, [{ kind: 'store-write', message: 'no space left' }])
  t.match(
    (await asker?.diagnose({ min: 1 }))?.filter(({ verdict }) => verdict === 'fail'),
    [{ check: 'alarm', what: /^no space left/ }]
  )
  if (asker === undefined) throw new Error('expected a module')
  const api = createHttpApi({ module: asker, address: '127.0.0.1:0', token: TOKEN, minSps: 1 })
  await api.start()
  t.teardown(() => api.stop())
  const ready = () => clientOf(() => api.url)('GET', '/-/ready')
  t.match(await ready(), { status: 503, body: { detail: /no space left/, alarms: [{ kind: 'store-write' }] } })
  full = false
  await sweepUntil(false)
  t.match(await ready(), { status: 200, body: { ready: true, alarms: [] } })
  await asker?.handleReplicatePieceApproval(net.task(), ask)
})
