import { createServer } from 'node:net'
import t from 'tap'
import type { Service } from '../../src/lifecycle/index.js'
import { createLifecycle } from '../../src/lifecycle/lifecycle.js'
import { forever, lifecycleWith, recorder, rejection } from './recorder.js'

t.test('no signal is heard before signals() is called', async t => {
  const { service } = recorder()
  const { lifecycle, source } = lifecycleWith()
  lifecycle.registerServices(service('a'))
  await lifecycle.startServices()
  t.same(source.eventNames(), [])
  lifecycle.signals('SIGHUP')
  t.same(source.eventNames(), ['SIGHUP'])
  await lifecycle.stopServices()
  t.same(source.eventNames(), [])
})

t.test('the first signal stops everything, and the listeners are removed afterwards', async t => {
  const { log, service } = recorder()
  const { lifecycle, source } = lifecycleWith()
  lifecycle.registerServices(service('a')).signals()
  t.same(source.eventNames(), ['SIGINT', 'SIGTERM'])
  await lifecycle.startServices()
  source.emit('SIGTERM', 'SIGTERM')
  t.same(await lifecycle.wait(), { reason: 'signal', signal: 'SIGTERM' })
  t.same(log, ['start a', 'stop a'])
  t.same(source.eventNames(), [])
  await lifecycle.startServices()
  t.same(source.eventNames(), ['SIGINT', 'SIGTERM'], 'a later start hears them again')
  await lifecycle.stopServices()
})

t.test('a second signal resolves wait() at once with the drain abandoned', async t => {
  const { service } = recorder()
  const { lifecycle, source, clock } = lifecycleWith()
  lifecycle.registerServices(service('a', { stop: () => forever })).signals('SIGINT')
  await lifecycle.startServices()
  source.emit('SIGINT', 'SIGINT')
  source.emit('SIGINT', 'SIGINT')
  t.same(await lifecycle.wait(), { reason: 'signal', signal: 'SIGINT', drainAbandoned: true })
  t.same(source.eventNames(), [], 'a third one ends the process by itself')
  t.match(await rejection(lifecycle.startServices()), { message: /they are stopping$/ })
  await clock.advance(10_000)
  t.equal(clock.pending, 0)
})

t.test('a signal during a start that hangs breaks it off within the bound', async t => {
  const { log, service } = recorder()
  const { lifecycle, source, clock } = lifecycleWith({ stopTimeoutMs: 4_000 })
  lifecycle.registerServices(service('a'), service('b', { start: () => forever }), service('c')).signals()
  const started = rejection(lifecycle.startServices())
  await clock.advance(1)
  source.emit('SIGINT', 'SIGINT')
  await clock.advance(4_000)
  t.match(await started, { message: 'start: broken off, SIGINT' })
  t.same(log, ['start a', 'start b', 'stop a'])
  t.match(await lifecycle.wait(), { reason: 'signal', signal: 'SIGINT', faults: [{ service: 'b' }] })
})

t.test('a real signal to this process is heard only between signals() and the end', async t => {
  const server = createServer()
  const listen: Service = {
    name: 'server',
    start: () => new Promise(resolve => server.listen(0, '127.0.0.1', resolve)),
    stop: () => new Promise(resolve => server.close(() => resolve()))
  }
  const before = process.listenerCount('SIGUSR2')
  const lifecycle = createLifecycle().registerServices(listen).signals('SIGUSR2')
  await lifecycle.startServices()
  process.kill(process.pid, 'SIGUSR2')
  t.same(await lifecycle.wait(), { reason: 'signal', signal: 'SIGUSR2' })
  t.equal(process.listenerCount('SIGUSR2'), before)
})
