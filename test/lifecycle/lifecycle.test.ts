import t from 'tap'
import { InvalidArgumentError, LifecycleError } from '../../src/errors.js'
import { createLifecycle } from '../../src/lifecycle/lifecycle.js'
import { forever, lifecycleWith, recorder, rejection } from './recorder.js'

t.test('services start in order and stop in reverse', async t => {
  const { log, service } = recorder()
  const { lifecycle, clock } = lifecycleWith()
  lifecycle.registerServices(service('a'), service('b')).registerServices(service('c'))
  await lifecycle.startServices()
  await lifecycle.stopServices()
  t.same(log, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
  t.same(await lifecycle.wait(), { reason: 'stopped' })
  t.equal(clock.pending, 0, 'no timer is left')
})

t.test('it starts again after a stop, and wait() is for the new run', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  lifecycle.registerServices(service('a'))
  for (let run = 0; run < 3; run++) {
    await lifecycle.startServices()
    let ended = false
    const waiting = lifecycle.wait().then(() => {
      ended = true
    })
    await Promise.resolve()
    t.notOk(ended, 'the end of the run before does not count')
    await lifecycle.stopServices()
    await waiting
  }
  t.equal(log.length, 6)
})

t.test('a service that does not start is named, and the started ones are stopped in reverse', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  const cause = new Error('port taken')
  const broken = service('c', { start: () => Promise.reject(cause) })
  lifecycle.registerServices(service('a'), service('b'), broken, service('d'))
  const error = await rejection(lifecycle.startServices())
  t.type(error, LifecycleError)
  t.equal(error.message, 'start: c failed: port taken')
  t.equal(error.cause, cause)
  t.same(log, ['start a', 'start b', 'start c', 'stop b', 'stop a'])
  t.same(await lifecycle.wait(), { reason: 'failed', service: 'c', error: cause })
})

t.test('a start that throws before it returns a promise fails the same way', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  const start = (): Promise<void> => {
    throw new Error('at once')
  }
  lifecycle.registerServices(service('a'), { name: 'b', start, stop: async () => undefined })
  t.match(await rejection(lifecycle.startServices()), { message: 'start: b failed: at once' })
  t.same(log, ['start a', 'stop a'])
})

t.test('it can be started again after a start that failed', async t => {
  const { service } = recorder()
  const { lifecycle } = lifecycleWith()
  let attempts = 0
  const start = async (): Promise<void> => {
    if (++attempts === 1) throw new Error('not yet')
  }
  lifecycle.registerServices(service('a', { start }))
  await rejection(lifecycle.startServices())
  await lifecycle.startServices()
  await lifecycle.stopServices()
  t.same(await lifecycle.wait(), { reason: 'stopped' })
})

t.test('a hanging stop is reported and skipped, the others still get stopped within the one bound', async t => {
  const { log, service } = recorder()
  const { lifecycle, clock } = lifecycleWith({ stopTimeoutMs: 9_000 })
  const hanging = service('b', { stop: () => forever })
  lifecycle.registerServices(service('a'), hanging, service('c'))
  await lifecycle.startServices()
  const before = clock.monotonic()
  const stopped = rejection(lifecycle.stopServices())
  await clock.advance(9_000)
  const error = await stopped
  t.equal(clock.monotonic() - before, 9_000)
  t.same(log.slice(3), ['stop c', 'stop b', 'stop a'])
  t.match(error.message, /^stop: not everything stopped cleanly: b \(stop: expected b to stop within 9000 ms/)
  const { reason, faults } = await lifecycle.wait()
  t.equal(reason, 'stopped')
  t.same(
    faults?.map(fault => fault.service),
    ['b']
  )
})

t.test('a slow stop may use the whole bound while the next ones are already stopped', async t => {
  const { log, service } = recorder()
  const { lifecycle, clock } = lifecycleWith({ stopTimeoutMs: 9_000 })
  const slow = (): Promise<void> => new Promise(resolve => clock.setTimeout(resolve, 8_000))
  lifecycle.registerServices(service('a'), service('b'), service('c', { stop: slow }))
  await lifecycle.startServices()
  const stopped = lifecycle.stopServices()
  await clock.advance(0)
  await clock.advance(3_000)
  t.same(log.slice(3), ['stop c', 'stop b', 'stop a'], 'a third of the bound is the share of one of three')
  await clock.advance(5_000)
  await stopped
  t.same(await lifecycle.wait(), { reason: 'stopped' }, 'nothing is reported')
  t.equal(clock.pending, 0)
})

t.test('a stop that throws is reported and the others are stopped', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  const cause = new Error('disk gone')
  lifecycle.registerServices(service('a'), service('b', { stop: () => Promise.reject(cause) }))
  await lifecycle.startServices()
  const error = await rejection(lifecycle.stopServices())
  t.equal(error.message, 'stop: not everything stopped cleanly: b (disk gone)')
  t.same(log.slice(2), ['stop b', 'stop a'])
  t.same((await lifecycle.wait()).faults, [{ service: 'b', error: cause }])
})

t.test('a start that ends after the stop began is stopped too, and nothing further starts', async t => {
  const { log, service } = recorder()
  const { lifecycle, clock } = lifecycleWith()
  let proceed = (): void => undefined
  const slow = new Promise<void>(resolve => {
    proceed = resolve
  })
  lifecycle.registerServices(service('a'), service('b', { start: () => slow }), service('c'))
  const started = rejection(lifecycle.startServices())
  await clock.advance(0)
  const stopped = lifecycle.stopServices()
  await clock.advance(0)
  t.same(log, ['start a', 'start b'], 'the stop waits for the start under way')
  proceed()
  await stopped
  t.match(await started, { message: 'start: broken off, stopped' })
  t.same(log, ['start a', 'start b', 'stop b', 'stop a'])
})

t.test('a running service that fails stops everything, and the first failure stands', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  lifecycle.registerServices(service('a'), service('b'))
  await lifecycle.startServices()
  const error = new Error('store closed')
  lifecycle.fail('a', error)
  lifecycle.fail('b', new Error('later'))
  t.same(await lifecycle.wait(), { reason: 'failed', service: 'a', error })
  t.same(log.slice(2), ['stop b', 'stop a'])
})

t.test('a failure while starting rejects the start with its cause', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  const error = new Error('gave up')
  const start = async (): Promise<void> => lifecycle.fail('a', error)
  lifecycle.registerServices(service('a'), service('b', { start }), service('c'))
  const rejected = await rejection(lifecycle.startServices())
  t.equal(rejected.message, 'start: a failed: gave up')
  t.equal(rejected.cause, error)
  t.same(log, ['start a', 'start b', 'stop b', 'stop a'])
})

t.test('a failure while nothing runs ends nothing', async t => {
  const { service } = recorder()
  const { lifecycle } = lifecycleWith()
  lifecycle.registerServices(service('a'))
  lifecycle.fail('a', new Error('too early'))
  await lifecycle.startServices()
  await lifecycle.stopServices()
  t.same(await lifecycle.wait(), { reason: 'stopped' })
})

t.test('calls at the same time join one start and one stop', async t => {
  const { log, service } = recorder()
  const { lifecycle } = lifecycleWith()
  lifecycle.registerServices(service('a'))
  await Promise.all([lifecycle.startServices(), lifecycle.startServices()])
  await lifecycle.startServices()
  await Promise.all([lifecycle.stopServices(), lifecycle.stopServices()])
  await lifecycle.stopServices()
  t.same(log, ['start a', 'stop a'])
})

t.test('names are distinct, and nothing is registered while services run', async t => {
  const { service } = recorder()
  const { lifecycle } = lifecycleWith()
  lifecycle.registerServices(service('a'))
  t.throws(() => lifecycle.registerServices(service('a')), InvalidArgumentError)
  await lifecycle.startServices()
  t.throws(() => lifecycle.registerServices(service('b')), {
    message: 'registerServices: expected stopped services, they are started'
  })
  await lifecycle.stopServices()
  t.throws(() => createLifecycle({ stopTimeoutMs: Number.NaN }), InvalidArgumentError)
})

t.test('100 starts and stops leave no listener and no timer', async t => {
  const { service } = recorder()
  const { lifecycle, source, clock } = lifecycleWith()
  lifecycle.registerServices(service('a'), service('b')).signals()
  for (let run = 0; run < 100; run++) {
    await lifecycle.startServices()
    await lifecycle.stopServices()
  }
  t.same(source.eventNames(), [])
  t.equal(clock.pending, 0)
})
