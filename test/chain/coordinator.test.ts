import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getPublicKey } from '@noble/secp256k1'
import t, { type Test } from 'tap'
import { coordinatorChain } from '../../src/chain/coordinator/index.js'
import type { CoordinatorState } from '../../src/chain/coordinator/messages.js'
import { signState } from '../../src/chain/coordinator/state-document.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { secp256k1Backend } from '../../src/identity/backend.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { BLOCK_MS, conformance } from './conformance.js'
import { keyOf, node, sps } from './entries.js'

const KEY = keyOf(200)
const publicKey = Buffer.from(getPublicKey(KEY, true)).toString('hex')
const signed = (state: CoordinatorState, key = KEY) => signState(state, digest => secp256k1Backend().sign(digest, key))

/** A real HTTP server whose answers the test chooses. */
async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const connect = (url: string, clock = fakeClock(), stateFile?: string) =>
  coordinatorChain({
    url,
    publicKey,
    network: 'local',
    operatorAddress: localSigner(keyOf(1)).operatorAddress,
    sign: localSigner(keyOf(1)),
    clock,
    ...(stateFile === undefined ? {} : { stateFile })
  })

conformance('coordinator', async t => {
  const clock = fakeClock()
  let down = false
  let height = 0n
  let list = { sequence: 0n, entries: [] as readonly SpEntry[] }
  const url = await serve(t, (request, response) => {
    if (down) request.socket.destroy()
    else
      response.end(
        JSON.stringify(signed({ network: 'local', blockTimeMs: BLOCK_MS, time: clock.now(), height, ...list }))
      )
  })
  return {
    clock,
    heightsFromWall: false,
    brokenStartFails: false,
    connect: stateFile => connect(url, clock, stateFile),
    publish: async (entries, sequence) => {
      await clock.advance(1)
      list = { sequence: BigInt(sequence ?? list.sequence + 1n), entries: entries as readonly SpEntry[] }
    },
    setHeight: next => {
      clock.setWall(clock.now() + 1)
      height = next
    },
    goDown: async () => {
      down = true
    },
    comeBack: async () => {
      down = false
    }
  }
})

t.test('coordinator: what is not signed, fresh and ours is refused with its reason', async t => {
  const clock = fakeClock()
  const good: CoordinatorState = {
    network: 'local',
    sequence: 3n,
    time: clock.now(),
    height: 10n,
    blockTimeMs: BLOCK_MS,
    entries: sps(2)
  }
  type Answer = string | ((response: ServerResponse) => void)
  let answer: Answer = ''
  const url = await serve(t, (_request, response) => {
    if (typeof answer === 'string') response.end(answer)
    else answer(response)
  })
  const { payload, signature } = signed(good)
  const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
  const cases: [Answer, RegExp][] = [
    [
      JSON.stringify(signed(good, keyOf(201))),
      /state signature: expected one of the pinned key 0[23][0-9a-f]{64}, got "0[23]/
    ],
    [JSON.stringify({ payload: payload.replace('"10"', '"11"'), signature }), /state signature: expected/],
    [JSON.stringify({ payload, signature: flip(signature, 20) }), /state signature: expected/],
    [JSON.stringify({ payload, signature: '0x00' }), /malformed: expected a payload and a signature of 65 bytes/],
    ['{', /malformed: expected an answer of JSON/],
    ['null', /malformed: expected a payload/],
    [JSON.stringify(signed({ ...good, network: 'other' })), /state\.network: expected local, got "other"/],
    [
      JSON.stringify(signed({ ...good, time: clock.now() + 121_000 })),
      /clock and ours: expected at most 120 s apart, got "121 s"/
    ],
    [JSON.stringify(signed({ ...good, time: clock.now() - 121_000 })), /at most 120 s apart, got "-121 s"/],
    [response => response.writeHead(302, { location: '/elsewhere' }).end(), /expected an answer, got/],
    [response => response.writeHead(500).end('{"detail":"on\\nfire"}'), /the coordinator answered 500: on fire/],
    [response => response.destroy(), /expected an answer, got/],
    [
      response => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        setImmediate(() => response.destroy())
      },
      /expected a whole answer/
    ],
    [
      response => {
        const chunk = Buffer.alloc(1 << 20, 32)
        const pump = (): void => {
          if (!response.destroyed && response.write(chunk)) setImmediate(pump)
        }
        response.on('drain', pump)
        pump()
      },
      /too-large: an answer of more than 33554432 bytes/
    ]
  ]
  const chain = connect(url, clock)
  t.teardown(() => chain.stop())
  answer = cases[0]?.[0] ?? ''
  await chain.start()
  for (const [bad, expected] of cases) {
    answer = bad
    await chain.refresh()
    t.match(chain.status().alarm, expected)
    t.throws(() => chain.registry.list())
  }
  answer = JSON.stringify(signed(good))
  await chain.refresh()
  t.equal(chain.registry.list().length, 2)
  t.equal(chain.heights.height(), 10n)
})

t.test('coordinator: a document that is played back ages, and an older one is refused', async t => {
  const clock = fakeClock()
  const state = { network: 'local', sequence: 3n, height: 10n, blockTimeMs: BLOCK_MS, entries: sps(2) }
  let answer = JSON.stringify(signed({ ...state, time: clock.now() }))
  const url = await serve(t, (_request, response) => response.end(answer))
  const chain = connect(url, clock)
  await chain.start()
  t.teardown(() => chain.stop())
  await clock.advance(31_000)
  await chain.refresh()
  t.throws(() => chain.heights.height(), { message: /is 31 s old, limit 30 s \(.*expected a newer document/ })
  answer = JSON.stringify(signed({ ...state, time: clock.now() - 32_000 }))
  await chain.refresh()
  t.match(chain.status().alarm, /expected a document of \d+ or later/)
  answer = JSON.stringify(signed({ ...state, time: clock.now(), height: 20n }))
  await chain.refresh()
  t.equal(chain.heights.height(), 20n)
  t.equal(chain.status().alarm, undefined)
})

t.test('coordinator: an answer that never comes does not hold up start, and stop ends it', async t => {
  const clock = fakeClock()
  let asked: (() => void) | undefined
  const url = await serve(t, () => asked?.())
  const chain = connect(url, clock)
  const first = new Promise<void>(resolve => {
    asked = resolve
  })
  const start = chain.start()
  await first
  await clock.advance(3_000)
  await start
  t.match(chain.status().alarm, /expected an answer, got took longer than 3000 ms/)
  const second = new Promise<void>(resolve => {
    asked = resolve
  })
  await clock.advance(2_000)
  await second
  await chain.stop()
  t.equal(clock.pending, 0)
})

t.test('coordinator: a signer that never answers holds up a join for 3 s at most, and the alarm says so', async t => {
  const clock = fakeClock()
  const chain = coordinatorChain({
    url: await serve(t, (_request, response) => response.end()),
    publicKey,
    network: 'local',
    operatorAddress: localSigner(keyOf(1)).operatorAddress,
    sign: { sign: () => new Promise(() => undefined) },
    clock
  })
  t.teardown(() => chain.stop())
  const announced = chain.announce(node(1))
  await clock.advance(3_000)
  await announced
  t.match(chain.status().alarm, /join: the signer: took longer than 3000 ms/)
})

t.test('coordinator: wrong settings are refused before anything is sent', async t => {
  const base = {
    url: 'http://127.0.0.1:1',
    publicKey,
    network: 'local',
    operatorAddress: `0x${'1'.repeat(40)}`,
    sign: localSigner(keyOf(1))
  }
  t.throws(() => coordinatorChain({ ...base, url: 'ftp://x' }), { message: /coordinator url: expected http:/ })
  t.throws(() => coordinatorChain({ ...base, publicKey: 'abc' }), {
    message: /public key: expected .* 66 hex digits, got "abc"/
  })
  t.throws(() => coordinatorChain({ ...base, network: 'A' }), { message: /network: expected 1 to 64 characters/ })
  t.throws(() => coordinatorChain({ ...base, operatorAddress: 'me' }), { message: /operatorAddress: expected/ })
  const chain = coordinatorChain(base)
  await t.rejects(chain.announce({ ...node(1), peerId: 'x' as never }), { message: /announced node\.peerId: expected/ })
})
