/** The wire against endless bad streams on real sockets: nothing may escape its guard, nothing may stall it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../src/constants.js'
import { turn, within } from '../protocols/v0/harness.js'
import { type RawPeer, rawPeer, transport, wholeStream } from '../protocols/v0/raw-peer.js'
import { forkScript } from '../support/child.js'
import { type FuzzInput, loadCorpus, MESSAGE_KINDS, nextInput } from './corpus.js'
import { mutateBytes } from './mutate.js'
import { type Random, random } from './random.js'
import type { TargetReport } from './stream-target.js'

export interface FuzzStreamsOptions {
  readonly inputs: number
  readonly seed: number
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

export interface FuzzStreamsResult {
  readonly inputs: number
  readonly seed: number
  /** Exceptions and rejections that left the guard, or the end of the node. */
  readonly escapes: number
  readonly examples: readonly string[]
  /** Longest stall of the node's event loop by its own work, ms. */
  readonly maxStallMs: number
  /** The same with the time in which the machine let others run. */
  readonly maxDelayMs: number
  /** Inputs that were messages in spite of all. */
  readonly understood: number
}

const LANES = 8
const WARM_UP = 800
const MAX_EXAMPLES = 10
const PROTOCOLS = { ping: [PING_PROTOCOL], pong: [PONG_PROTOCOL], task: [ASK_PROTOCOL, ANSWER_PROTOCOL] } as const

export async function fuzzStreams(options: FuzzStreamsOptions): Promise<FuzzStreamsResult> {
  const { inputs, seed, onProgress, signal } = options
  const target = forkScript(new URL('./stream-target.js', import.meta.url), [])
  const ends: string[] = []
  let stopping = false
  target.on('exit', (code, by) => {
    if (!stopping) ends.push(`the node ended with ${by ?? code}`)
  })
  const [{ addresses }] = (await once(target, 'message')) as [{ addresses: string[] }]
  const peers = await Promise.all(Array.from({ length: 4 }, () => fuzzPeer()))
  const source = random(seed)
  const corpus = loadCorpus()
  let done = 0

  const lane = async (peer: FuzzPeer, until: number): Promise<void> => {
    while (done < until && ends.length === 0 && signal?.aborted !== true) {
      done++
      const input = source.below(8) === 0 ? untouched(source, corpus) : nextInput(source, corpus)
      // A stream that the node resets, or a connection that it ends, is what the input deserved.
      await attack(source, peer, addresses, input).catch(() => undefined)
      if (done % 64 === 0) onProgress?.(done)
    }
  }
  const lanes = (until: number): Promise<unknown> =>
    Promise.all(Array.from({ length: LANES }, (_, index) => lane(peers[index % peers.length] ?? never(), until)))
  // What loads and compiles code for the first time is no stall.
  await lanes(Math.min(inputs, WARM_UP))
  target.send('measure')
  await lanes(inputs)
  onProgress?.(done)
  const report = await reportOf(target, ends)
  await Promise.all(peers.map(peer => peer.raw.stop()))
  if (ends.length === 0) {
    stopping = true
    target.send('stop')
    await once(target, 'exit')
  }
  const examples = [...ends, ...report.escapes]
  return {
    inputs: done,
    seed,
    escapes: examples.length,
    examples: examples.slice(0, MAX_EXAMPLES),
    maxStallMs: report.maxStallMs,
    maxDelayMs: report.maxDelayMs,
    understood: report.understood
  }
}

function untouched(source: Random, corpus: ReturnType<typeof loadCorpus>): FuzzInput {
  const message = source.pick(MESSAGE_KINDS)
  return { message, bytes: source.pick(corpus[message]) }
}

interface FuzzPeer {
  readonly raw: RawPeer
  connection: Promise<Connection> | undefined
}

/** Answers nothing, but takes what the node sends back. */
async function fuzzPeer(): Promise<FuzzPeer> {
  const onStream = (_: string, stream: Stream): void => {
    stream.close(within()).catch(() => undefined)
  }
  const protocols = [PING_PROTOCOL, PONG_PROTOCOL, ANSWER_PROTOCOL]
  return { raw: await rawPeer({ protocols, onStream, identify: true }), connection: undefined }
}

async function connected(peer: FuzzPeer, addresses: readonly string[]): Promise<Connection> {
  const connection = await peer.connection?.catch(() => undefined)
  if (connection?.status === 'open') return connection
  peer.connection = peer.raw.libp2p.dial(
    addresses.map(address => multiaddr(address)),
    within()
  )
  return peer.connection
}

/** One stream, mostly whole and well announced, sometimes broken at any layer above the encryption. */
async function attack(source: Random, peer: FuzzPeer, addresses: readonly string[], input: FuzzInput): Promise<void> {
  const protocol = source.pick(PROTOCOLS[input.message])
  const whole = wholeStream(protocol, input.bytes)
  const kind = source.below(100)
  const connection = await connected(peer, addresses)
  if (kind === 0) {
    transport(connection).send(source.bytes(1 + source.below(64)))
    return
  }
  const stream = await peer.raw.open(connection, protocol)
  const bytes = kind < 8 ? mutateBytes(source, whole) : kind < 12 ? source.bytes(source.below(200)) : whole
  for (const piece of pieces(source, bytes)) {
    if (!stream.send(piece)) await once(stream, 'drain', within(1_000))
    if (source.below(4) === 0) await turn()
  }
  if (kind < 16) stream.abort(new Error('broken off'))
  else await stream.close(within(1_000))
  await gone(stream)
}

function pieces(source: Random, bytes: Uint8Array): Uint8Array[] {
  const cut: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = source.below(3) === 0 ? bytes.length : 1 + source.below(40)
    cut.push(bytes.subarray(at, at + length))
    at += length
  }
  return cut
}

/** Until the node has closed its side too, or a moment has passed: then the stream is left to it. */
const gone = (stream: Stream): Promise<void> =>
  new Promise(resolve => {
    if (stream.status !== 'open') return resolve()
    const timer = setTimeout(() => {
      stream.abort(new Error('left open'))
      resolve()
    }, 500)
    stream.addEventListener('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })

async function reportOf(target: ChildProcess, ends: readonly string[]): Promise<TargetReport> {
  const nothing: TargetReport = { escapes: [], maxStallMs: 0, maxDelayMs: 0, understood: 0 }
  if (ends.length > 0) return nothing
  target.send('report')
  const answered = once(target, 'message').then(([report]) => report as TargetReport)
  return Promise.race([answered, once(target, 'exit').then(() => nothing)])
}

function never(): never {
  throw new RangeError('expected a peer for each lane')
}
