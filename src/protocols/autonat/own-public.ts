import { lookup } from 'node:dns/promises'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../kit/clock.js'
import { ipOf, isPrivateIp, nameOf } from '../addresses/private.js'
import type { OwnReachability } from '../host/host.js'

/** Time until a reachable address is tried again, and an unreachable one, ms. */
const AGAIN_MS = 60 * 60_000
const AGAIN_UNREACHABLE_MS = 10 * 60_000
/** A name may resolve to another address after this time, ms. */
const RESOLVE_EVERY_MS = 10 * 60_000
/** IP addresses checked per name. */
const IPS_PER_NAME = 4

interface Verdict {
  readonly verdict: 'reachable' | 'unreachable'
  readonly at: number
}

/** One of our addresses in the form AutoNAT takes: by IP, since a node that dials back refuses names. */
export interface PublicAddress {
  readonly dialled: Multiaddr
  /** Our address as announced, which may hold a name. */
  readonly own: string
}

/** Our public addresses, the IPs of our names, and the verdict on each. */
export class OwnPublic {
  readonly #clock: Clock
  readonly #verdicts = new Map<string, Verdict>()
  readonly #ips = new Map<string, { readonly ips: readonly string[]; readonly at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The addresses to ask about: public IPs, and the IPs that names had at the last `resolve`. */
  candidates(own: readonly Multiaddr[]): readonly PublicAddress[] {
    return own.flatMap(address => {
      const ip = ipOf(address)
      if (ip !== undefined) return isPrivateIp(ip) ? [] : [{ dialled: address, own: address.toString() }]
      return this.#ofName(address)
    })
  }

  /** When the verdict on an address expires, wall time in ms as AutoNAT counts; 0 without a verdict. */
  expires(dialled: Multiaddr): number {
    const known = this.#verdicts.get(dialled.toString())
    if (known === undefined) return 0
    const left =
      (known.verdict === 'reachable' ? AGAIN_MS : AGAIN_UNREACHABLE_MS) - (this.#clock.monotonic() - known.at)
    return this.#clock.now() + left
  }

  found(dialled: Multiaddr, verdict: Verdict['verdict']): void {
    this.#verdicts.set(dialled.toString(), { verdict, at: this.#clock.monotonic() })
  }

  /** @param failures failed dial-backs from distinct networks, for an address without a verdict */
  results(own: readonly Multiaddr[], failures: (dialled: string) => number): readonly OwnReachability[] {
    const asked = this.candidates(own)
    const unresolved = own.filter(address => !this.#ips.has(nameOf(address) ?? '') && nameOf(address) !== undefined)
    return [...new Set([...asked.map(entry => entry.own), ...unresolved.map(String)])].map(address => {
      const entries = asked.filter(entry => entry.own === address).map(({ dialled }) => dialled.toString())
      const verdicts = entries.map(entry => this.#verdicts.get(entry)?.verdict)
      if (verdicts.includes('reachable')) return { address, verdict: 'reachable' }
      const failed = Math.max(0, ...entries.map(failures))
      if (failed === 0 && !verdicts.includes('unreachable')) return { address, verdict: 'unknown' }
      return {
        address,
        verdict: 'unreachable',
        reason: failed === 0 ? 'tried from many networks' : `tried from ${failed} networks`
      }
    })
  }

  /** Looks up the names whose last lookup is older than {@link RESOLVE_EVERY_MS}. */
  async resolve(own: readonly Multiaddr[]): Promise<void> {
    const due = own.flatMap(address => {
      const name = nameOf(address)
      if (name === undefined) return []
      const known = this.#ips.get(name)
      return known !== undefined && this.#clock.monotonic() - known.at < RESOLVE_EVERY_MS ? [] : [name]
    })
    await Promise.all([...new Set(due)].map(name => this.#lookUp(name)))
  }

  #ofName(address: Multiaddr): readonly PublicAddress[] {
    const [, port] = address.getComponents()
    if (port?.name !== 'tcp') return []
    const ips = (this.#ips.get(nameOf(address) ?? '')?.ips ?? []).filter(ip => !isPrivateIp(ip))
    return ips.slice(0, IPS_PER_NAME).map(ip => ({
      dialled: multiaddr(`/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/${port.value}`),
      own: address.toString()
    }))
  }

  async #lookUp(name: string): Promise<void> {
    try {
      const answers = await lookup(name, { all: true })
      this.#ips.set(name, { ips: answers.map(({ address }) => address), at: this.#clock.monotonic() })
    } catch {
      this.#ips.delete(name) // `doctor` tells of names that do not resolve
    }
  }
}
