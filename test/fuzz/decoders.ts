/** The decoders against endless bad input: nothing but `DecodeError` may come out of them. */
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { taskDigests } from '../../src/codec/digest.js'
import { decodePing, decodePong, decodeTask, encodePing, encodePong, encodeTask } from '../../src/codec/task-codec.js'
import { DecodeError } from '../../src/errors.js'
import { type FuzzInput, loadCorpus, type MessageKind, nextInput } from './corpus.js'
import { decodeCost, SMALL_BYTES } from './costs.js'
import { random } from './random.js'
import { worstCases } from './worst-cases.js'

export interface FuzzDecodersOptions {
  readonly inputs: number
  readonly seed: number
  /** After every batch of about 10 ms. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
  /** Measure time and heap of the dearest messages too, about 2 s; default true. */
  readonly costs?: boolean
}

export interface FuzzDecodersResult {
  readonly inputs: number
  readonly seed: number
  readonly accepted: number
  /** Refusals by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Inputs that threw something else, or did not survive encoding and decoding again. */
  readonly escapes: number
  /** The first few of them. */
  readonly examples: readonly { readonly message: MessageKind; readonly wire: string; readonly why: string }[]
  /** Longest decoding, ms, the fastest of several tries where one was slow. */
  readonly worstDecodeMs: number
  /** Most heap of a large decoded message, bytes per byte on the wire; one that holds too much is an escape. */
  readonly worstHeapPerByte: number
}

const BATCH_MS = 10
const SLOW_MS = 1
const MAX_EXAMPLES = 10

const codecs: Readonly<Record<MessageKind, (bytes: Uint8Array) => () => boolean>> = {
  ping: bytes => survives(decodePing(bytes), encodePing, decodePing),
  pong: bytes => survives(decodePong(bytes), encodePong, decodePong),
  task: bytes => {
    const task = decodeTask(bytes)
    const again = survives(task, encodeTask, decodeTask)
    return () => again() && taskDigests(task).every(digest => digest.length === 32)
  }
}

/** What was accepted once must be the same after writing and reading it again. */
const survives =
  <T>(message: T, encode: (message: T) => Uint8Array, decode: (bytes: Uint8Array) => T) =>
  (): boolean =>
    isDeepStrictEqual(decode(encode(message)), message)

export async function fuzzDecoders(options: FuzzDecodersOptions): Promise<FuzzDecodersResult> {
  const { inputs, seed, onProgress, signal, costs = true } = options
  const source = random(seed)
  const corpus = loadCorpus()
  const refused: Record<string, number> = {}
  const examples: FuzzDecodersResult['examples'][number][] = []
  let [accepted, escapes, worstDecodeMs, done] = [0, 0, 0, 0]
  while (done < inputs && signal?.aborted !== true) {
    const batchEnd = performance.now() + BATCH_MS
    while (done < inputs && performance.now() < batchEnd) {
      const input = nextInput(source, corpus)
      const { outcome, ms } = tried(input)
      done++
      if (ms > worstDecodeMs) worstDecodeMs = Math.max(worstDecodeMs, ms > SLOW_MS ? retried(input, ms) : ms)
      if (outcome.kind === 'accepted') accepted++
      else if (outcome.kind === 'refused') refused[outcome.why] = (refused[outcome.why] ?? 0) + 1
      else {
        escapes++
        const wire = Buffer.from(input.bytes).toString('hex')
        if (examples.length < MAX_EXAMPLES) examples.push({ message: input.message, wire, why: outcome.why })
      }
    }
    onProgress?.(done)
    await setImmediate()
  }
  let worstHeapPerByte = 0
  for (const worst of costs && signal?.aborted !== true ? worstCases() : []) {
    const cost = decodeCost(worst)
    worstDecodeMs = Math.max(worstDecodeMs, cost.decodeMs)
    if (cost.bytes >= SMALL_BYTES) worstHeapPerByte = Math.max(worstHeapPerByte, cost.heapBytes / cost.bytes)
    if (cost.heapBytes <= cost.allowedBytes) continue
    escapes++
    examples.push({ message: cost.message, wire: cost.name, why: `holds ${cost.heapBytes} bytes of heap` })
    await setImmediate()
  }
  return { inputs: done, seed, accepted, refused, escapes, examples, worstDecodeMs, worstHeapPerByte }
}

type Outcome = { readonly kind: 'accepted' } | { readonly kind: 'refused' | 'escaped'; readonly why: string }

function tried({ message, bytes }: FuzzInput): { readonly outcome: Outcome; readonly ms: number } {
  const start = performance.now()
  let check: () => boolean
  try {
    check = codecs[message](bytes)
  } catch (error) {
    const ms = performance.now() - start
    if (error instanceof DecodeError) return { outcome: { kind: 'refused', why: error.reason }, ms }
    return { outcome: { kind: 'escaped', why: String(error) }, ms }
  }
  const ms = performance.now() - start
  try {
    return {
      outcome: check() ? { kind: 'accepted' } : { kind: 'escaped', why: 'reads differently the second time' },
      ms
    }
  } catch (error) {
    return { outcome: { kind: 'escaped', why: `accepted once, then: ${error}` }, ms }
  }
}

const TRIES = 10

/** A pause of the garbage collector or of the machine is not the decoder's: the fastest of several tries counts. */
function retried(input: FuzzInput, ms: number): number {
  let fastest = ms
  for (let left = TRIES; left > 0 && fastest > SLOW_MS; left--) fastest = Math.min(fastest, tried(input).ms)
  return fastest
}
