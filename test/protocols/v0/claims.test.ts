import { multiaddr } from '@multiformats/multiaddr'
import t from 'tap'
import { pongDigests } from '../../../src/codec/digest.js'
import { decodePong, encodePong } from '../../../src/codec/task-codec.js'
import type { PeerIdString } from '../../../src/domain/brands.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { createVerifier } from '../../../src/identity/verifier.js'
import { createMetrics } from '../../../src/metrics.js'
import type { Inbound } from '../../../src/protocols/door/inbox.js'
import { Claims } from '../../../src/protocols/v0/claims.js'
import { DEFAULT_WIRE_LIMITS } from '../../../src/protocols/v0/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { createTrust } from '../../../src/trust/index.js'
import { key, TestRegistry } from './harness.js'

const FROM = 'peer' as PeerIdString
const KB = 1_024

function checks() {
  const registry = new TestRegistry()
  const sp = localSigner(key()).operatorAddress
  registry.add(sp)
  const clock = fakeClock()
  const claims = new Claims(
    {
      limits: DEFAULT_WIRE_LIMITS,
      trust: createTrust({ mode: 'auto', pins: new Map(), entryOf: of => registry.entries.get(of) }),
      allowPrivate: false,
      verifier: createVerifier(),
      clock,
      metrics: createMetrics()
    },
    { decode: decodePong, digests: pongDigests }
  )
  let sent = 0
  /** A pong of about this size that no other equals; its signature is bad. */
  const check = (size: number, from: PeerIdString): string => {
    const nodes = [{ nodeId: String(sent++), multiAddr: ['x'.repeat(size - 200)] }]
    const bytes = encodePong({ nodes, spOperatorAddress: sp, signature: new Uint8Array(65).fill(1) })
    const connection = { remoteAddr: multiaddr('/ip4/198.51.100.1/tcp/1') }
    const verdict = claims.check({ bytes, from, connection } as unknown as Inbound)
    return verdict.ok ? 'ok' : verdict.why
  }
  return { clock, check }
}

t.test('a pong of the largest size takes as much of its peer’s rate as thirty usual ones', async t => {
  const { clock, check } = checks()
  t.equal(check(256 * KB - 200, FROM), 'signature')
  t.equal(check(1 * KB, FROM), 'rate')
  await clock.advance(3_000)
  t.equal(check(1 * KB, FROM), 'rate')
  await clock.advance(1_100)
  t.equal(check(1 * KB, FROM), 'signature')
})

t.test('so it does of its address block’s, whose other peers are checked again seconds later', async t => {
  const { clock, check } = checks()
  const largest = Array.from({ length: 10 }, (_, n) => check(256 * KB - 200, `peer-${n}` as PeerIdString))
  t.equal(largest.filter(why => why === 'signature').length, 7, '29 of 200 each')
  await clock.advance(1_000)
  t.equal(check(1 * KB, FROM), 'signature')
})

t.test('pongs of the size that ours have cost one each', async t => {
  const { check } = checks()
  for (let n = 0; n < 100; n++) t.equal(check(30 * KB, `peer-${n}` as PeerIdString), 'signature')
})
