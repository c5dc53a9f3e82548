import { parseSpAddress } from '../codec/address.js'
import { MAX_GRANTS, MAX_GRANTS_PER_ASKER } from '../constants.js'
import type { SpAddress } from '../domain/brands.js'
import { REDUNDANCY, VISIBILITY } from '../domain/task.js'
import { InvalidArgumentError } from '../errors.js'
import {
  type BuiltInRule,
  type PolicyRates,
  refuse,
  type Size,
  sizeOf,
  sizeText,
  wholeNumber
} from './built-in-rule.js'
import { type MaintenanceWindow, maintenanceRule } from './maintenance.js'

export type VisibilityName = keyof typeof VISIBILITY
export type RedundancyName = keyof typeof REDUNDANCY

/** Asks a minute at most: more than a core can sign. */
export const MAX_RATE = 1_000_000
/** Chunks of either kind that a policy may speak of; beyond 64 data chunks an ask is malformed anyway. */
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
    const decide: BuiltInRule['decide'] = ({ asker }) =>
      allowed.has(asker)
        ? undefined
        : refuse('allow', 'POLICY', `${asker} is not among the ${allowed.size} allowed SPs`)
    return { name: 'allow', text: `only ${[...allowed].join(', ')}`, decide }
  },

  deny(addresses: readonly string[]): BuiltInRule {
    const denied = addressSet('rules.deny', addresses)
    const decide: BuiltInRule['decide'] = ({ asker }) =>
      denied.has(asker) ? refuse('deny', 'POLICY', `${asker} is denied`) : undefined
    return { name: 'deny', text: `not ${[...denied].join(', ')}`, decide }
  },

  maxPayloadSize(size: Size): BuiltInRule {
    const max = sizeOf('rules.maxPayloadSize', size)
    const name = 'max-payload-size'
    const decide: BuiltInRule['decide'] = ({ payloadSize }) =>
      payloadSize > max
        ? refuse(name, 'TOO_LARGE', `payload of ${sizeText(payloadSize)}, at most ${sizeText(max)} allowed`)
        : undefined
    return { name, text: `payload at most ${sizeText(max)}`, decide }
  },

  minPayloadSize(size: Size): BuiltInRule {
    const min = sizeOf('rules.minPayloadSize', size)
    const name = 'min-payload-size'
    const decide: BuiltInRule['decide'] = ({ payloadSize }) =>
      payloadSize < min
        ? refuse(name, 'POLICY', `payload of ${sizeText(payloadSize)}, at least ${sizeText(min)} wanted`)
        : undefined
    return { name, text: `payload at least ${sizeText(min)}`, decide }
  },

  /**
   * Asks per minute that are answered. The approver holds them before it asks the policy, and whoever asks more often
   * is told `RATE_LIMITED` for what is above.
   */
  rates(rates: Partial<PolicyRates>): BuiltInRule {
    const texts: string[] = []
    for (const [key, value] of Object.entries({ perSp: rates.perSp, perOpenSp: rates.perOpenSp, total: rates.total })) {
      if (value !== undefined) texts.push(`${RATE_WORDS[key]} ${wholeNumber(`rules.rates ${key}`, value, 1, MAX_RATE)}`)
    }
    return { name: 'rates', text: `asks per minute: ${texts.join(', ')}`, rates, decide: () => undefined }
  },

  /** Refuses an SP altogether while it asked more often in the last minute, whether it was answered or not. */
  ratePerSp(perMinute: number): BuiltInRule {
    const most = wholeNumber('rules.ratePerSp', perMinute, 1, MAX_RATE)
    const name = 'rate-per-sp'
    const decide: BuiltInRule['decide'] = ({ asksLastMinute }) =>
      asksLastMinute > most
        ? refuse(name, 'POLICY', `${asksLastMinute} asks in the last minute, ${most} allowed`)
        : undefined
    return { name, text: `no SP that asks more than ${most} times a minute`, decide }
  },

  /** Bytes that may be promised in all. */
  capacity(size: Size): BuiltInRule {
    const capacityBytes = sizeOf('rules.capacity', size)
    const decide: BuiltInRule['decide'] = ({ reservationBytes, freeBytes }) =>
      reservationBytes > freeBytes
        ? refuse(
            'capacity',
            'NO_CAPACITY',
            `${sizeText(reservationBytes)} asked, ${sizeText(freeBytes)} of ${sizeText(capacityBytes)} free`
          )
        : undefined
    return { name: 'capacity', text: `promise at most ${sizeText(capacityBytes)}`, limits: { capacityBytes }, decide }
  },

  /** Bytes that must stay free after the reservation. */
  freeCapacity(size: Size): BuiltInRule {
    const keepFreeBytes = sizeOf('rules.freeCapacity', size)
    const name = 'free-capacity'
    const decide: BuiltInRule['decide'] = ({ reservationBytes, freeBytes }) =>
      freeBytes - reservationBytes < keepFreeBytes
        ? refuse(
            name,
            'NO_CAPACITY',
            `${sizeText(reservationBytes)} asked, ${sizeText(freeBytes)} free, ${sizeText(keepFreeBytes)} must stay free`
          )
        : undefined
    return { name, text: `keep ${sizeText(keepFreeBytes)} free`, limits: { keepFreeBytes }, decide }
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
    return {
      name: 'grants',
      text: `at most ${texts.join(', ')}`,
      limits: {
        ...(percent !== undefined && { perAskerPercent: BigInt(percent) }),
        ...(perAskerGrants !== undefined && { perAskerGrants }),
        ...(totalGrants !== undefined && { totalGrants })
      },
      decide: () => undefined
    }
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

  /** The last word, where it stands at the end of a list; without it an ask that nobody refused is approved. */
  otherwise(outcome: 'approve' | 'refuse'): BuiltInRule {
    return outcome === 'approve'
      ? {
          name: 'default',
          text: 'approve what no rule refused',
          decide: () => ({ outcome, rule: 'default', reason: 'no rule refused' })
        }
      : {
          name: 'default',
          text: 'refuse what no rule approved',
          decide: () => refuse('default', 'POLICY', 'no rule approved')
        }
  }
} as const

/** Both ends included. */
export interface ChunkRange {
  readonly min: number
  readonly max: number
}

const RATE_WORDS: Readonly<Record<string, string>> = { perSp: 'per SP', perOpenSp: 'per open SP', total: 'in all' }

const optional = (what: string, value: number | undefined, max: number): number | undefined =>
  value === undefined ? undefined : wholeNumber(`rules.grants ${what}`, value, 1, max)

function addressSet(what: string, texts: readonly string[]): ReadonlySet<SpAddress> {
  const addresses = texts.map(text => {
    const address = parseSpAddress(text)
    if (address === undefined) throw new InvalidArgumentError(what, 'addresses of 0x and 40 hex digits', text)
    return address
  })
  if (addresses.length === 0) throw new InvalidArgumentError(what, 'at least one address', texts)
  return new Set(addresses)
}

type Facts = Parameters<BuiltInRule['decide']>[0]

function enumRule<Name extends string>(
  rule: string,
  numbers: Readonly<Record<Name, number>>,
  names: readonly Name[],
  pick: (facts: Facts) => number
): BuiltInRule {
  const all = Object.keys(numbers) as Name[]
  for (const name of names) {
    if (!all.includes(name)) throw new InvalidArgumentError(`rules.${rule}`, `names among ${all.join(', ')}`, name)
  }
  if (names.length === 0) throw new InvalidArgumentError(`rules.${rule}`, 'at least one name', names)
  const allowed = new Set(names.map(name => numbers[name]))
  const list = names.join(', ')
  const nameOf = (value: number): string => all.find(name => numbers[name] === value) ?? `${value}`
  const decide: BuiltInRule['decide'] = facts =>
    allowed.has(pick(facts)) ? undefined : refuse(rule, 'POLICY', `${rule} ${nameOf(pick(facts))}, allowed is ${list}`)
  return { name: rule, text: `${rule} ${list}`, decide }
}

function chunkRule(rule: string, range: ChunkRange, pick: (facts: Facts) => number): BuiltInRule {
  const min = wholeNumber(`rules ${rule} min`, range.min, 0, MAX_CHUNKS)
  const max = wholeNumber(`rules ${rule} max`, range.max, min, MAX_CHUNKS)
  const words = rule.replace('-', ' ')
  const decide: BuiltInRule['decide'] = facts => {
    const chunks = pick(facts)
    return chunks < min || chunks > max
      ? refuse(rule, 'POLICY', `${chunks} ${words}, allowed is ${min} to ${max}`)
      : undefined
  }
  return { name: rule, text: `${min} to ${max} ${words}`, decide }
}
