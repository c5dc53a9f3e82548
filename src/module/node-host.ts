import { systemClock } from '../kit/clock.js'
import { type Autonat, autonat } from '../protocols/autonat/index.js'
import { type Dht, dht } from '../protocols/dht/index.js'
import type { HostDoor } from '../protocols/host/host.js'
import { type HostServices, type OwnHostOptions, ownHost } from '../protocols/host/own-host.js'
import { oneShotMuxer } from '../protocols/muxer/one-shot-muxer.js'

export interface NodeHostOptions extends Omit<OwnHostOptions, 'muxer' | 'offers'> {
  /** Whether nodes are also found through a DHT, and its records kept for others. Default `off`. */
  readonly dht?: 'server' | 'client' | 'off'
}

/** A libp2p host with what our nodes run on it: the muxer of 0.0.1's one-shot streams, DHT and AutoNAT. */
export function nodeHost({ dht: mode = 'off', ...options }: NodeHostOptions): HostDoor {
  const { allowPrivate = false, clock = systemClock } = options
  const services: HostServices = {
    ...options.services,
    // AutoNAT dials public addresses only.
    ...(!allowPrivate && { autonat: autonat({ clock }) }),
    ...(mode !== 'off' && { dht: dht({ mode, allowPrivate, clock }) })
  }
  return ownHost({ ...options, services, offers, muxer: streamRates => oneShotMuxer(clock, { streamRates }) })
}

const offers: NonNullable<OwnHostOptions['offers']> = made => {
  const { dht, autonat } = made as { readonly dht?: Dht; readonly autonat?: Autonat }
  return {
    ...(dht && { discovery: dht }),
    ...(autonat && { reachability: () => autonat.results() }),
    admit: tierOf => {
      dht?.admit(tierOf)
      autonat?.admit(tierOf)
    }
  }
}
