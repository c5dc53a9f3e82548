import { DEFAULT_QUEUE_CAPACITY } from '../constants.js'
import { InvalidArgumentError } from '../errors.js'
import type { ResourceLimits, ResourceRequest, ResourceUsage } from './index.js'

/** Limits of the system scope where nothing else is configured. `Infinity` means unlimited. */
export const DEFAULT_LIMITS: ResourceLimits = {
  // A full queue (10,240) of largest tasks (64 KiB) is 640 MiB; the rest is for answers and inbound messages.
  memory: 1024 * 1024 * 1024,
  // The queue, and as much again for inbound asks at work. Approval tasks are of low priority in GfSp, so low alone
  // must hold a full queue; what is above it is kept for medium and high.
  tasks: 2 * DEFAULT_QUEUE_CAPACITY,
  tasksHigh: 2 * DEFAULT_QUEUE_CAPACITY,
  tasksMedium: 2 * DEFAULT_QUEUE_CAPACITY - 1_024,
  tasksLow: 2 * DEFAULT_QUEUE_CAPACITY - 2_048,
  // 1,000 SPs with their sibling nodes in either direction; the total is below the sum, so that neither starves.
  connsInbound: 2_048,
  connsOutbound: 2_048,
  conns: 3_072,
  // One per connection, and 1,024 for the store, logs and listeners. Node raises the soft limit to the hard one.
  fds: 4_096
}

export const RESOURCES = Object.keys(DEFAULT_LIMITS) as readonly (keyof ResourceLimits)[]

/** No limit of its own: what a service scope has where none is named. */
export const UNLIMITED: ResourceLimits = eachResource(() => Number.POSITIVE_INFINITY)

export const NOTHING: ResourceUsage = eachResource(() => 0)

/** Base with the named limits in place of its own, each checked. @throws InvalidArgumentError */
export function limitsFrom(base: ResourceLimits, changes: Partial<ResourceLimits>): ResourceLimits {
  for (const [name, limit] of Object.entries(changes)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw new InvalidArgumentError('resource limit', `one of ${RESOURCES.join(', ')}`, name)
    }
    const whole = Number.isSafeInteger(limit) || limit === Number.POSITIVE_INFINITY
    if (limit !== undefined && !(whole && limit >= 0)) {
      throw new InvalidArgumentError(`resource limit ${name}`, 'a whole number ≥ 0 or Infinity', limit)
    }
  }
  return eachResource(name => changes[name] ?? base[name])
}

const TASKS_OF = { high: 'tasksHigh', medium: 'tasksMedium', low: 'tasksLow' } as const

/** What a request counts in each resource: a task counts in its priority and in total, a connection likewise. */
export function amounts(request: ResourceRequest): ResourceUsage {
  const { memory = 0, tasks, connsInbound = 0, connsOutbound = 0, fds = 0 } = request
  const count = tasks?.count ?? 0
  for (const [name, value] of Object.entries({ memory, 'tasks.count': count, connsInbound, connsOutbound, fds })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new InvalidArgumentError(`resource request ${name}`, 'a whole number ≥ 0', value)
    }
  }
  if (tasks !== undefined && !Object.hasOwn(TASKS_OF, tasks.priority)) {
    throw new InvalidArgumentError('resource request tasks.priority', 'high, medium or low', tasks.priority)
  }
  const priority = tasks === undefined ? {} : { tasks: count, [TASKS_OF[tasks.priority]]: count }
  return { ...NOTHING, memory, connsInbound, connsOutbound, conns: connsInbound + connsOutbound, fds, ...priority }
}

function eachResource(value: (name: keyof ResourceLimits) => number): ResourceLimits {
  return Object.fromEntries(RESOURCES.map(name => [name, value(name)])) as unknown as ResourceLimits
}
