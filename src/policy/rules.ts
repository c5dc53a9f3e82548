import { requireSpAddress } from '../codec/address.js'
import { MAX_GRANTS, MAX_GRANTS_PER_ASKER } from '../constants.js'
import type { SpAddress } from '../domain/brands.js'
import type { GrantLimits } from '../domain/grant.js'
import type { PolicyFacts } from '../domain/policy-rules.js'
import type { RefusalCode } from '../domain/refusal.js'
import { REDUNDANCY, VISIBILITY } from '../domain/task.js'
import { InvalidArgumentError } from '../errors.js'
import {
  type BuiltInRule,
  type LiveSize,
  liveSize,
  type PolicyRates,
  refuse,
  type Size,
  type SizeSource,
  sizeOf,
  sizeText,
  wholeNumber
} from './built-in-rule.js'
import { defaultWord } from './default-word.js'
import { type MaintenanceWindow, maintenanceRule } from './maintenance.js'

export type VisibilityName = keyof typeof VISIBILITY
export type RedundancyName = keyof typeof REDUNDANCY

/** Asks per minute: more than one core can sign. */
export const MAX_RATE = 1_000_000
/** Upper bound of a policy's chunk limits; an ask of more than 64 data chunks is malformed anyway. */
export const MAX_CHUNKS = 1_024

/**
 * The built-in rules. Each passes an ask on or refuses it with a code and a reason that names the figures.
 *
 * ```ts
 * policy: [rules.deny(['0x…']), rules.maxPayloadSize('5GiB'), rules.freeCapacity('50GiB')]
 * ```
 */
export const rules = {
  /** Only these SPs; every listed SP where the rule is absent. */
  allow(addresses: readonly string[]): BuiltInRule {
    const allowed = addressSet('rules.allow', addresses)
    return rule('allow', `only ${[...allowed].join(', ')}`, ({ asker }) =>
      allowed.has(asker) ? undefined : ['POLICY', `${asker} is not among the ${allowed.size} allowed SPs`]
    )
  },

  deny(addresses: readonly string[]): BuiltInRule {
    const denied = addressSet('rules.deny', addresses)
    return rule('deny', `not ${[...denied].join(', ')}`, ({ asker }) =>
      denied.has(asker) ? ['POLICY', `${asker} is denied`] : undefined
    )
  },

  maxPayloadSize(size: Size): BuiltInRule {
    const max = sizeOf('rules.maxPayloadSize', size)
    return rule('max-payload-size', `payload at most ${sizeText(max)}`, ({ payloadSize }) =>
      payloadSize > max
        ? ['TOO_LARGE', `payload of ${sizeText(payloadSize)}, at most ${sizeText(max)} allowed`]
        : undefined
    )
  },

  minPayloadSize(size: Size): BuiltInRule {
    const min = sizeOf('rules.minPayloadSize', size)
    return rule('min-payload-size', `payload at least ${sizeText(min)}`, ({ payloadSize }) =>
      payloadSize < min
        ? ['POLICY', `payload of ${sizeText(payloadSize)}, at least ${sizeText(min)} wanted`]
        : undefined
    )
  },

  /** Asks per minute that are answered. The approver enforces them before it asks the policy: `RATE_LIMITED` above. */
  rates(rates: Partial<PolicyRates>): BuiltInRule {
    const texts: string[] = []
    for (const [key, value] of Object.entries({ perSp: rates.perSp, perOpenSp: rates.perOpenSp, total: rates.total })) {
      if (value !== undefined) texts.push(`${RATE_WORDS[key]} ${wholeNumber(`rules.rates ${key}`, value, 1, MAX_RATE)}`)
    }
    return rule('rates', `asks per minute: ${texts.join(', ')}`, () => undefined, { rates })
  },

  /** Refuses every ask of an SP that asked more often in the last minute, whether it was answered or not. */
  ratePerSp(perMinute: number): BuiltInRule {
    const most = wholeNumber('rules.ratePerSp', perMinute, 1, MAX_RATE)
    return rule('rate-per-sp', `no SP that asks more than ${most} times a minute`, ({ asksLastMinute }) =>
      asksLastMinute > most ? ['POLICY', `${asksLastMinute} asks in the last minute, ${most} allowed`] : undefined
    )
  },

  /**
   * Bytes of all live grants at most; a function tells the space that is really free, e.g. on the disk of the pieces:
   * `rules.capacity(() => { const { bavail, bsize } = statfsSync(folder, { bigint: true }); return bavail * bsize })`.
   */
  capacity(size: SizeSource): BuiltInRule {
    const total = liveSize('rules.capacity', size)
    const judge: Judge = ({ reservationBytes, freeBytes }) => {
      const bytes = total.read()
      if (bytes instanceof Error) return ['NO_CAPACITY', bytes.message]
      if (reservationBytes <= freeBytes) return undefined
      return ['NO_CAPACITY', `${sizeText(reservationBytes)} asked, ${sizeText(freeBytes)} of ${sizeText(bytes)} free`]
    }
    return rule('capacity', `promise at most ${total.text}`, judge, { limits: () => roomOf(total) })
  },

  /**
   * Bytes that must stay free after the reservation.
   * @param free tells the space that is really free; without it that is what {@link rules.capacity} leaves
   */
  freeCapacity(size: SizeSource, free?: () => Size): BuiltInRule {
    const kept = liveSize('rules.freeCapacity', size)
    const room = free && liveSize('rules.freeCapacity free', free)
    const judge: Judge = ({ reservationBytes, freeBytes }) => {
      const bytes = kept.read()
      const left = room?.read()
      for (const fault of [bytes, left]) if (fault instanceof Error) return ['NO_CAPACITY', fault.message]
      if (bytes instanceof Error || freeBytes - reservationBytes >= bytes) return undefined
      const [asked, now, keep] = [reservationBytes, freeBytes, bytes].map(sizeText)
      return ['NO_CAPACITY', `${asked} asked, ${now} free, ${keep} must stay free`]
    }
    return rule('free-capacity', `keep ${kept.text} free`, judge, {
      limits: () => {
        const keepFreeBytes = kept.read()
        if (keepFreeBytes instanceof Error) return NO_ROOM
        return { keepFreeBytes, ...(room && roomOf(room)) }
      }
    })
  },

  /** Shares of the capacity and numbers of live grants; the ledger enforces them. */
  grants(limits: {
    readonly perAskerPercent?: number
    readonly perAsker?: number
    readonly total?: number
  }): BuiltInRule {
    const percent = optional('perAskerPercent', limits.perAskerPercent, 100)
    const perAskerGrants = optional('perAsker', limits.perAsker, MAX_GRANTS_PER_ASKER)
    const totalGrants = optional('total', limits.total, MAX_GRANTS)
    const texts = [
      percent === undefined ? [] : [`${percent} % of the capacity per SP`],
      perAskerGrants === undefined ? [] : [`${perAskerGrants} live grants per SP`],
      totalGrants === undefined ? [] : [`${totalGrants} live grants in all`]
    ].flat()
    return rule('grants', `at most ${texts.join(', ')}`, () => undefined, {
      limits: {
        ...(percent !== undefined && { perAskerPercent: BigInt(percent) }),
        ...(perAskerGrants !== undefined && { perAskerGrants }),
        ...(totalGrants !== undefined && { totalGrants })
      }
    })
  },

  visibility(names: readonly VisibilityName[]): BuiltInRule {
    return enumRule('visibility', VISIBILITY, names, facts => facts.visibility)
  },

  redundancy(names: readonly RedundancyName[]): BuiltInRule {
    return enumRule('redundancy', REDUNDANCY, names, facts => facts.redundancyType)
  },

  dataChunks: (range: ChunkRange): BuiltInRule => chunkRule('data-chunks', range, facts => facts.dataChunks),
  parityChunks: (range: ChunkRange): BuiltInRule => chunkRule('parity-chunks', range, facts => facts.parityChunks),

  maintenance: (window: MaintenanceWindow): BuiltInRule => maintenanceRule(window),

  /** Decides every ask; at the end of a list. Without it an ask that no rule refused is approved. */
  otherwise: (outcome: 'approve' | 'refuse'): BuiltInRule => defaultWord(outcome)
} as const

/** Where nobody can tell how much room there is, nothing is promised. */
const NO_ROOM: Partial<GrantLimits> = { capacityBytes: 0n }

function roomOf(size: LiveSize): Partial<GrantLimits> {
  const capacityBytes = size.read()
  return capacityBytes instanceof Error ? NO_ROOM : { capacityBytes }
}

type Judge = (facts: PolicyFacts) => readonly [code: RefusalCode, reason: string] | undefined

/** A rule that refuses with the code and reason of `judge`. */
function rule(name: string, text: string, judge: Judge, more: Pick<BuiltInRule, 'limits' | 'rates'> = {}): BuiltInRule {
  const decide: BuiltInRule['decide'] = facts => {
    const refusal = judge(facts)
    return refusal && refuse(name, ...refusal)
  }
  return { name, text, ...more, decide }
}

/** Both ends included. */
export interface ChunkRange {
  readonly min: number
  readonly max: number
}

const RATE_WORDS: Readonly<Record<string, string>> = { perSp: 'per SP', perOpenSp: 'per open SP', total: 'in all' }

const optional = (what: string, value: number | undefined, max: number): number | undefined =>
  value === undefined ? undefined : wholeNumber(`rules.grants ${what}`, value, 1, max)

function addressSet(what: string, texts: readonly string[]): ReadonlySet<SpAddress> {
  const addresses = texts.map(text => requireSpAddress(what, text))
  if (addresses.length === 0) throw new InvalidArgumentError(what, 'at least one address', texts)
  return new Set(addresses)
}

function enumRule<Name extends string>(
  name: string,
  numbers: Readonly<Record<Name, number>>,
  names: readonly Name[],
  pick: (facts: PolicyFacts) => number
): BuiltInRule {
  const all = Object.keys(numbers) as Name[]
  for (const one of names) {
    if (!all.includes(one)) throw new InvalidArgumentError(`rules.${name}`, `names among ${all.join(', ')}`, one)
  }
  if (names.length === 0) throw new InvalidArgumentError(`rules.${name}`, 'at least one name', names)
  const allowed = new Set(names.map(one => numbers[one]))
  const list = names.join(', ')
  const nameOf = (value: number): string => all.find(one => numbers[one] === value) ?? `${value}`
  return rule(name, `${name} ${list}`, facts =>
    allowed.has(pick(facts)) ? undefined : ['POLICY', `${name} ${nameOf(pick(facts))}, allowed is ${list}`]
  )
}

function chunkRule(name: string, range: ChunkRange, pick: (facts: PolicyFacts) => number): BuiltInRule {
  const min = wholeNumber(`rules ${name} min`, range.min, 0, MAX_CHUNKS)
  const max = wholeNumber(`rules ${name} max`, range.max, min, MAX_CHUNKS)
  const words = name.replace('-', ' ')
  return rule(name, `${min} to ${max} ${words}`, facts => {
    const chunks = pick(facts)
    return chunks < min || chunks > max ? ['POLICY', `${chunks} ${words}, allowed is ${min} to ${max}`] : undefined
  })
}
