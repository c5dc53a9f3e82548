import { lookup } from 'node:dns/promises'
import { aborted } from '../../kit/abort.js'
import type { NameFacts } from './facts.js'

/** Names looked up for one diagnosis; a network has tens of SPs with a few nodes each. */
const MAX_NAMES = 256
/** Lookups at once: they share four threads with the writes of the stores, which a silent resolver must not hold up. */
const LANES = 2

/** The DNS name in front of a multiaddr; `undefined` for an IP address. */
export function nameOf(address: string): string | undefined {
  const [, kind, host] = address.split('/')
  return kind === 'dns' || kind === 'dns4' || kind === 'dns6' ? host : undefined
}

/** What each name stands for now; names that the resolver has not answered when `signal` aborts are left out. */
export async function resolveNames(
  addresses: Iterable<string>,
  signal: AbortSignal
): Promise<ReadonlyMap<string, NameFacts>> {
  const found = new Map<string, NameFacts>()
  const names = new Set([...addresses].flatMap(address => nameOf(address) ?? []))
  const next = [...names].slice(0, MAX_NAMES).values()
  const lane = async (): Promise<void> => {
    for (const name of next) {
      if (signal.aborted) return
      found.set(name, await resolveName(name))
    }
  }
  await Promise.race([Promise.all(Array.from({ length: LANES }, lane)), aborted(signal)])
  return new Map(found)
}

async function resolveName(name: string): Promise<NameFacts> {
  try {
    const answers = await lookup(name, { all: true })
    return { ok: true, ips: answers.map(({ address }) => address) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the resolver failed'
    return { ok: false, error: code }
  }
}
