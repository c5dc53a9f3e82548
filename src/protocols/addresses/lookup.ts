import { Resolver, lookup as systemLookup } from 'node:dns/promises'
import { raceSignal } from 'race-signal'
import { ConcurrencyGate } from '../../kit/concurrency-gate.js'

/** The IP addresses of a name. @throws Error with the resolver's code, e.g. `ENOTFOUND` */
export type Lookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>

/** The system's resolver blocks one of the four threads that the stores write on. */
const SYSTEM_LOOKUPS = 2
const gate = new ConcurrencyGate(SYSTEM_LOOKUPS)

/** By the system's resolver: hosts file, search domains, DNS. */
export const lookupBySystem: Lookup = async (name, signal) => {
  const leave = await gate.enter('', signal)
  const answers = systemLookup(name, { all: true, order: 'ipv4first' })
  answers.then(leave, leave)
  return (await raceSignal(answers, signal)).map(({ address }) => address)
}

const TRY_MS = 1_000
const TRIES = 2
/** Answers of DNS after which the system is asked, which may know the name from its hosts file. */
const NOT_IN_DNS = ['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'EREFUSED']

/**
 * By DNS, and by the system where DNS does not know the name. Names that others told may be of zones that never answer:
 * those must not hold up the system's resolver, which the stores share threads with.
 */
export const lookupByDns: Lookup = async (name, signal) => {
  if (!/[^.]\.[^.]/.test(name)) return await lookupBySystem(name, signal)
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
  const found = await raceSignal(Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]), signal)
  const ips = found.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
  if (ips.length > 0) return ips
  const [failed] = found.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  if (NOT_IN_DNS.includes(Object(failed).code)) return await lookupBySystem(name, signal)
  throw failed
}
