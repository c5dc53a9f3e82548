/** What decoding costs: time, and the heap that a decoded message holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodePing, decodePong, decodeTask } from '../../src/codec/task-codec.js'
import { DecodeError } from '../../src/errors.js'
import type { MessageKind } from './corpus.js'
import type { WorstCase } from './worst-cases.js'

export interface DecodeCost {
  readonly name: string
  readonly message: MessageKind
  readonly bytes: number
  /** The reason where it is refused. */
  readonly refused: string | undefined
  /** Median of nine. */
  readonly decodeMs: number
  /** Heap and buffers held by one decoded message, bytes. */
  readonly heapBytes: number
}

const decoders: Readonly<Record<MessageKind, (bytes: Uint8Array) => unknown>> = {
  ping: decodePing,
  pong: decodePong,
  task: decodeTask
}

export function decodeCost({ name, message, bytes }: WorstCase): DecodeCost {
  const decode = decoders[message]
  let refused: string | undefined
  const attempt = (): unknown => {
    try {
      return decode(bytes)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      refused = error.reason
      return undefined
    }
  }
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now()
    attempt()
    return performance.now() - start
  }).sort((a, b) => a - b)
  return { name, message, bytes: bytes.length, refused, decodeMs: times[4] ?? 0, heapBytes: heapOf(attempt) }
}

const COPIES = 20

function heapOf(make: () => unknown): number {
  const collect = collector()
  const held: unknown[] = new Array(COPIES).fill(0)
  collect()
  const before = used()
  for (let index = 0; index < COPIES; index++) held[index] = make()
  collect()
  const after = used()
  return held.length === COPIES ? Math.max(0, after - before) / COPIES : 0
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  return () => {
    gc()
    gc()
  }
}
