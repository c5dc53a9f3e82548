import { lookup } from 'node:dns/promises'
import type { NameFacts } from './facts.js'

/** Names looked up for one diagnosis; a network has tens of SPs with a few nodes each. */
const MAX_NAMES = 256

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
  const lookups = [...names].slice(0, MAX_NAMES).map(async name => {
    found.set(name, await resolveName(name))
  })
  await Promise.race([Promise.all(lookups), aborted(signal)])
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

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
