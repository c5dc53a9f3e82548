import fc from 'fast-check'
import t from 'tap'
import { InvalidArgumentError, ResourceLimitError } from '../../src/errors.js'
import type { ResourceLimits, ResourceRequest, ResourceSpan, TaskPriority } from '../../src/resources/index.js'
import { createResourceManager, DEFAULT_LIMITS } from '../../src/resources/manager.js'

const nothing = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map(name => [name, 0]))

const denial = (reserve: () => unknown): Partial<ResourceLimitError> => {
  try {
    reserve()
  } catch (error) {
    if (error instanceof ResourceLimitError) return error
    throw error
  }
  return {}
}

t.test('a reservation counts in its service and in the system, and a release gives it back once', async t => {
  const manager = createResourceManager()
  const service = manager.service('p2p')
  const span = service.reserve({ memory: 100, tasks: { priority: 'high', count: 2 }, connsInbound: 1, fds: 3 })
  const held = { ...nothing, memory: 100, tasks: 2, tasksHigh: 2, connsInbound: 1, conns: 1, fds: 3 }
  t.same(service.usage(), held)
  t.same(manager.system.usage(), held)
  span.release()
  span.release()
  t.same(service.usage(), nothing)
  t.same(manager.system.usage(), nothing)
})

t.test('a refusal names scope, resource, current, attempted and limit, and changes nothing anywhere', async t => {
  const denied: string[][] = []
  const manager = createResourceManager({
    limits: { memory: 1_000 },
    onDenied: (scope, resource) => denied.push([scope, resource])
  })
  const service = manager.service('p2p', { memory: 600, fds: 0 })
  service.reserve({ memory: 500 })
  t.match(
    denial(() => service.reserve({ memory: 200, connsOutbound: 1 })),
    {
      name: 'ResourceLimitError',
      scope: 'p2p',
      resource: 'memory',
      current: 500,
      attempted: 200,
      limit: 600,
      message: 'resource limit: p2p/memory holds 500, 200 more asked, limit 600'
    }
  )
  manager.service('http').reserve({ memory: 450 })
  t.match(
    denial(() => service.reserve({ memory: 60 })),
    { scope: 'system', current: 950, attempted: 60, limit: 1_000 }
  )
  t.match(
    denial(() => service.reserve({ memory: 10, fds: 1 })),
    { scope: 'p2p', resource: 'fds', limit: 0 }
  )
  t.same(service.usage(), { ...nothing, memory: 500 })
  t.same(manager.system.usage(), { ...nothing, memory: 950 })
  t.same(denied, [
    ['p2p', 'memory'],
    ['system', 'memory'],
    ['p2p', 'fds']
  ])
})

t.test('a service is opened once, has no limits of its own unless told, and takes new ones later', async t => {
  const manager = createResourceManager()
  const service = manager.service('p2p')
  t.equal(manager.service('p2p'), service)
  t.equal(service.limits.memory, Number.POSITIVE_INFINITY)
  service.reserve({ memory: 50 })
  manager.service('p2p', { memory: 40 })
  t.equal(service.limits.memory, 40)
  t.match(
    denial(() => service.reserve({ memory: 1 })),
    { current: 50, attempted: 1, limit: 40 }
  )
  t.same(
    manager.scopes().map(scope => scope.name),
    ['system', 'p2p']
  )
})

t.test('unlimited ends where sums are no longer exact', async t => {
  const { system } = createResourceManager({ limits: { memory: Number.POSITIVE_INFINITY } })
  const span = system.reserve({ memory: Number.MAX_SAFE_INTEGER })
  t.throws(() => system.reserve({ memory: 1 }), ResourceLimitError)
  span.release()
  t.equal(system.usage().memory, 0)
})

t.test('amounts, priorities, names and limits that make no sense are refused', async t => {
  const manager = createResourceManager()
  for (const memory of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    t.throws(() => manager.system.reserve({ memory }), InvalidArgumentError, `${memory}`)
  }
  const priority = 'urgent' as TaskPriority
  t.throws(() => manager.system.reserve({ tasks: { priority, count: 1 } }), InvalidArgumentError)
  t.throws(() => manager.system.reserve({ tasks: { priority: 'low', count: -1 } }), InvalidArgumentError)
  t.throws(() => manager.service(''), InvalidArgumentError)
  t.throws(() => manager.service('system'), InvalidArgumentError)
  t.throws(() => createResourceManager({ limits: { memory: -1 } }), InvalidArgumentError)
  t.throws(() => createResourceManager({ limits: { memroy: 1 } as Partial<ResourceLimits> }), InvalidArgumentError)
  t.same(manager.system.usage(), nothing)
})

t.test('low-priority tasks, of which asks are, fill a whole queue and leave room above', async t => {
  const { system } = createResourceManager()
  system.reserve({ tasks: { priority: 'low', count: 10_240 } })
  system.reserve({ tasks: { priority: 'low', count: DEFAULT_LIMITS.tasksLow - 10_240 } })
  t.match(
    denial(() => system.reserve({ tasks: { priority: 'low', count: 1 } })),
    { resource: 'tasksLow' }
  )
  system.reserve({ tasks: { priority: 'medium', count: 1_024 } })
  system.reserve({ tasks: { priority: 'high', count: 1_024 } })
  t.match(
    denial(() => system.reserve({ tasks: { priority: 'high', count: 1 } })),
    { resource: 'tasks' }
  )
})

t.test('any order of reservations and releases stays within the limits and ends at exactly zero', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const amount = fc.nat({ max: 60 })
  const priority = fc.constantFrom<TaskPriority>('high', 'medium', 'low')
  const request: fc.Arbitrary<ResourceRequest> = fc.record(
    {
      memory: amount,
      tasks: fc.record({ priority, count: amount }),
      connsInbound: amount,
      connsOutbound: amount,
      fds: amount
    },
    { requiredKeys: [] }
  )
  const step = fc.oneof(fc.record({ scope: fc.nat({ max: 2 }), request }), fc.record({ release: fc.nat({ max: 40 }) }))
  const limit = fc.oneof(fc.nat({ max: 200 }), fc.constant(Number.POSITIVE_INFINITY))
  const limits = fc.record(Object.fromEntries(Object.keys(DEFAULT_LIMITS).map(name => [name, limit])), {
    requiredKeys: []
  })
  let granted = 0
  let refused = 0
  fc.assert(
    fc.property(limits, limits, fc.array(step, { maxLength: 60 }), (systemLimits, serviceLimits, steps) => {
      const manager = createResourceManager({ limits: systemLimits })
      const scopes = [manager.system, manager.service('a', serviceLimits), manager.service('b')]
      const spans: ResourceSpan[] = []
      for (const one of steps) {
        if ('release' in one) {
          // Some are given back twice: they stay in the list.
          spans[one.release % Math.max(1, spans.length)]?.release()
          continue
        }
        const before = scopes.map(scope => scope.usage())
        try {
          spans.push(scopes[one.scope]?.reserve(one.request) ?? { release: () => undefined })
          granted++
        } catch (error) {
          if (!(error instanceof ResourceLimitError)) throw error
          refused++
          if (error.current + error.attempted <= error.limit) return false
          if (JSON.stringify(before) !== JSON.stringify(scopes.map(scope => scope.usage()))) return false
        }
        for (const scope of scopes) {
          const usage = scope.usage()
          for (const [name, most] of Object.entries(scope.limits)) {
            const held = usage[name as keyof ResourceLimits]
            if (held > most || held < 0) return false
          }
          if (usage.tasks !== usage.tasksHigh + usage.tasksMedium + usage.tasksLow) return false
          if (usage.conns !== usage.connsInbound + usage.connsOutbound) return false
        }
      }
      for (const span of spans) span.release()
      return scopes.every(scope => Object.values(scope.usage()).every(held => held === 0))
    }),
    { seed, numRuns: 1_000 }
  )
  t.ok(granted > 300 && refused > 300, `${granted} granted, ${refused} refused`)
})
