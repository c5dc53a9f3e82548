/** What libp2p does without the patches of patches/: a test that fails here says that a patch can go. */
import { execFile } from 'node:child_process'
import crypto from 'node:crypto'
import { promisify } from 'node:util'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Logger, PeerStore, Stream } from '@libp2p/interface'
import { defaultCrypto } from '@libp2p/noise/crypto'
import t from 'tap'
import { secp256k1Backend } from '../../../src/identity/backend.js'
import { createKey } from '../../../src/identity/keys.js'
import { quietLogger } from '../../../src/protocols/patches/quiet-logger.js'
import { plainHost, within } from './plain-host.js'

t.test('with-resolvers: on a Node without Promise.withResolvers libp2p cannot dial', async t => {
  const script = `
    delete Promise.withResolvers
    const { createLibp2p } = await import('libp2p')
    const { tcp } = await import('@libp2p/tcp')
    const { noise } = await import('@libp2p/noise')
    const { yamux } = await import('@libp2p/yamux')
    const open = () => createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()]
    })
    const [a, b] = [await open(), await open()]
    console.log(await a.dial(b.getMultiaddrs()).then(() => 'connected', error => error.constructor.name))
    process.exit()`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  t.notMatch(stdout, /^(connected)?\n?$/)
})

t.test('handshake-crypto: a key exchange reads both keys from DER', async t => {
  const formats: unknown[] = []
  const { createPrivateKey, createPublicKey } = crypto
  t.teardown(() => Object.assign(crypto, { createPrivateKey, createPublicKey }))
  const noted =
    <T>(make: (key: never) => T) =>
    (key: { readonly format?: unknown }): T => {
      formats.push(key.format)
      return make(key as never)
    }
  Object.assign(crypto, { createPrivateKey: noted(createPrivateKey), createPublicKey: noted(createPublicKey) })
  const [a, b] = [defaultCrypto.generateX25519KeyPair(), defaultCrypto.generateX25519KeyPair()]
  defaultCrypto.generateX25519SharedKey(a.privateKey, b.publicKey)
  t.strictSame(formats, ['der', 'der'])
})

t.test('node-key: libp2p signs in JavaScript', async t => {
  const backend = secp256k1Backend()
  if (backend.name !== 'native') return t.pass('no native addon on this machine: the patch does nothing')
  const raw = createKey()
  const key = privateKeyFromRaw(raw)
  const digest = crypto.createHash('sha256').digest()
  const fastest = async (sign: () => unknown): Promise<number> => {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 50; round++) {
      const begun = performance.now()
      await sign()
      best = Math.min(best, performance.now() - begun)
    }
    return best
  }
  const factor = (await fastest(() => key.sign(digest))) / (await fastest(() => backend.sign(digest, raw)))
  t.ok(factor > 3, `libp2p's signature takes ${factor.toFixed(1)} times as long as the addon's`)
})

t.test('identify-once: a peer is asked on each connection, and its signed record is verified each time', async t => {
  let asked = 0
  const counted: typeof identify = init => components => {
    const service = identify(init)(components) as ReturnType<ReturnType<typeof identify>> & {
      _identify(...args: unknown[]): Promise<unknown>
    }
    const inner = service._identify.bind(service)
    service._identify = (...args) => {
      asked++
      return inner(...args)
    }
    return service
  }
  const a = await plainHost(t, { services: { identify: counted() } })
  const b = await plainHost(t, { services: { identify: identify() } })
  for (const round of [1, 2]) {
    const identified = new Promise<{ readonly signedPeerRecord?: unknown }>(resolve =>
      a.addEventListener('peer:identify', ({ detail }) => resolve(detail), { once: true })
    )
    await a.dial(b.getMultiaddrs(), { ...within(), force: true })
    t.ok((await identified).signedPeerRecord, 'opened and certified')
    t.equal(asked, round)
  }
})

t.test('peer-store-writes and quiet-logger: each stream costs a write per side and a logger', async t => {
  let scopes = 0
  const logger: Logger = Object.assign(() => undefined, {
    enabled: false,
    trace: () => undefined,
    error: () => undefined,
    newScope: () => {
      scopes++
      return logger
    }
  })
  const a = await plainHost(t, { logger: { forComponent: () => logger } })
  const b = await plainHost(t, { logger: quietLogger })
  const writes = [a.peerStore, b.peerStore].map(countWrites)
  const closing: Promise<void>[] = []
  await b.handle('/of/b', stream => void closing.push(stream.close(within())))
  const connection = await a.dial(b.getMultiaddrs(), within())
  const open = async (): Promise<Stream> => connection.newStream('/of/b', within())
  await (await open()).close(within())
  const before = { scopes, writes: writes.map(count => count()) }
  for (let stream = 0; stream < 3; stream++) await (await open()).close(within())
  await Promise.all(closing)
  t.ok(scopes >= before.scopes + 3, `${scopes - before.scopes} loggers for 3 streams`)
  t.strictSame(
    writes.map((count, side) => count() - (before.writes[side] ?? 0)),
    [3, 3],
    'what was written says the same each time'
  )
})

function countWrites(store: PeerStore): () => number {
  let writes = 0
  const merge = store.merge.bind(store)
  store.merge = (peer, data, options) => {
    if (data.protocols?.includes('/of/b') === true) writes++
    return merge(peer, data, options)
  }
  return () => writes
}
