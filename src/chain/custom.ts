import { raceSignal } from 'race-signal'
import { CHAIN_POLL_MS } from '../constants.js'
import type { CustomChain } from '../contract.js'
import type { SpList } from '../domain/registry.js'
import { InvalidArgumentError, UnreachableError } from '../errors.js'
import { type Clock, systemClock, withDeadline } from '../kit/clock.js'
import { Poller } from '../kit/poller.js'
import { type Logger, silentLogger } from '../logger.js'
import { parseEntries } from './entry-rules.js'
import { ChainGuard } from './guard.js'
import { connector, type PolledChain } from './polled.js'

/** Lists change rarely, so they are read less often than heights; a change is still seen within 5 s. */
const LIST_POLL_MS = 2 * CHAIN_POLL_MS
const CALL_TIMEOUT_MS = 5_000
/** Timed-out calls that may still be pending; at this limit no further call is started. */
const MAX_ABANDONED_CALLS = 8
const DEFAULT_MIN_BLOCK_TIME_MS = 500

export interface CustomChainInit {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly stateFile?: string
}

/** A connector from two functions of the embedding program. */
export function customChain(chain: CustomChain, init: CustomChainInit = {}): PolledChain {
  if (typeof chain?.listProviders !== 'function' || typeof chain.height !== 'function') {
    throw new InvalidArgumentError('chain', 'a chain connector, or { listProviders, height }', chain)
  }
  const { clock = systemClock, logger = silentLogger, stateFile } = init
  const guard = new ChainGuard({ name: 'custom', source: 'the given chain functions', clock, logger, stateFile })
  const minBlockTimeMs = chain.minBlockTimeMs ?? DEFAULT_MIN_BLOCK_TIME_MS
  if (!(minBlockTimeMs >= 1)) throw new InvalidArgumentError('minBlockTimeMs', 'at least 1 ms', minBlockTimeMs)
  const callList = boundedCall('listProviders()', () => chain.listProviders(), clock)
  const callHeight = boundedCall('height()', () => chain.height(), clock)

  const pollList = async (signal: AbortSignal): Promise<void> => {
    try {
      const list = listOf(await callList(signal), guard, clock)
      if (!signal.aborted) guard.takeList(list)
    } catch (error) {
      if (!signal.aborted) guard.failed('list', error)
    }
  }
  const pollHeight = async (signal: AbortSignal): Promise<void> => {
    try {
      const reading = heightOf(await callHeight(signal))
      if (!signal.aborted) guard.takeHeight(reading, { minBlockTimeMs })
    } catch (error) {
      if (!signal.aborted) guard.failed('height', error)
    }
  }
  return connector({
    name: 'custom',
    guard,
    pollers: [
      new Poller({ clock, intervalMs: LIST_POLL_MS, poll: pollList }),
      new Poller({ clock, intervalMs: CHAIN_POLL_MS, poll: pollHeight })
    ]
  })
}

/** A bare array gets the time of its reading, or that of the previous list if the wall clock was set back. */
function listOf(raw: unknown, guard: ChainGuard, clock: Clock): SpList {
  if (Array.isArray(raw)) {
    return {
      sequence: guard.lastSequence ?? 0n,
      time: Math.max(Math.floor(clock.now()), guard.lastListTime ?? 0),
      entries: parseEntries(raw, { list: 'listProviders()', known: guard.lastEntries })
    }
  }
  const { sequence, time, entries } = Object(raw) as Record<string, unknown>
  const inRange = typeof sequence === 'bigint' && sequence >= 0n && sequence < 1n << 63n
  if (!inRange) throw new InvalidArgumentError('listProviders().sequence', 'a bigint from 0 to 2^63 - 1', sequence)
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time < 0) {
    throw new InvalidArgumentError('listProviders().time', 'Unix milliseconds', time)
  }
  return {
    sequence,
    time,
    entries: parseEntries(entries, { list: 'listProviders().entries', known: guard.lastEntries })
  }
}

function heightOf(reading: unknown): bigint {
  if (typeof reading === 'bigint') return reading
  if (typeof reading === 'number' && Number.isSafeInteger(reading)) return BigInt(reading)
  throw new InvalidArgumentError('height()', 'a bigint or a whole number', reading)
}

/** Calls time out, and a limited number of timed-out calls may still be pending. */
function boundedCall<T>(what: string, call: () => Promise<T>, clock: Clock): (signal: AbortSignal) => Promise<T> {
  let hanging = 0
  return async parent => {
    if (hanging >= MAX_ABANDONED_CALLS) throw new UnreachableError(`${what}: ${hanging} calls have not returned`)
    hanging++
    const work = Promise.resolve()
      .then(call)
      .finally(() => hanging--)
    const translateError = (): Error =>
      new UnreachableError(`${what}: expected an answer, none in ${CALL_TIMEOUT_MS} ms`)
    return await withDeadline(clock, CALL_TIMEOUT_MS, parent, signal => raceSignal(work, signal, { translateError }))
  }
}
