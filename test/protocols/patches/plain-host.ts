import '../../../src/protocols/patches/with-resolvers.js'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p'
import type { Test } from 'tap'
import { createKey } from '../../../src/identity/keys.js'

/** Long enough for a busy machine. */
export const within = (ms = 60_000): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) })

/** A libp2p host on loopback without any patch of ours. */
export async function plainHost(t: Test, options: Libp2pOptions = {}): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    privateKey: privateKeyFromRaw(createKey()),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    ...options
  })
  t.teardown(() => libp2p.stop())
  return libp2p
}
