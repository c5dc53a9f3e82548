/** What decoding costs: time, and the heap that a decoded message holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { decodePing, decodePong, decodeTask } from '../../src/codec/task-codec.js'
import { MAX_PING_BYTES, MAX_PONG_BYTES, MAX_TASK_BYTES } from '../../src/constants.js'
import { DecodeError } from '../../src/errors.js'
import type { MessageKind } from './corpus.js'
import type { WorstCase } from './worst-cases.js'

export interface DecodeCost {
  readonly name: string
  readonly message: MessageKind
  readonly bytes: number
  /** The reason where it is refused. */
  readonly refused: string | undefined
  /** Ms of CPU, the least of several runs. */
  readonly decodeMs: number
  /** `decodeMs` as a multiple of {@link reference}, timed in turns with it. */
  readonly timesReference: number
  /** Heap and buffers held by one decoded message, bytes. */
  readonly heapBytes: number
  /** What it may hold, bytes. */
  readonly allowedBytes: number
}

/** The dearest message a peer may send. */
export const MAX_DECODE_MS = 5
/**
 * The same in terms of {@link reference}, on any machine and however busy it is. The dearest message (a pong full of long
 * addresses) takes 0.75 of it, so decoding that became 1.5 times as dear is noticed.
 */
export const MAX_TIMES_REFERENCE = 1.1
export const MAX_HEAP_PER_BYTE = 4

const CAPS: Readonly<Record<MessageKind, number>> = { ping: MAX_PING_BYTES, pong: MAX_PONG_BYTES, task: MAX_TASK_BYTES }
/**
 * Below this, what every message and element has (fields, zero values, headers) counts for more than its bytes; there
 * the bound is that of a message as large as its cap.
 */
export const SMALL_BYTES = 32 * 1024

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
  const allowedBytes = MAX_HEAP_PER_BYTE * (bytes.length < SMALL_BYTES ? CAPS[message] : bytes.length)
  return {
    name,
    message,
    bytes: bytes.length,
    refused,
    ...decodeTime(attempt),
    heapBytes: heapOf(attempt, bytes.length, allowedBytes),
    allowedBytes
  }
}

const RUNS = 12
const TURNS = 4
const REFERENCE_BYTES = new Uint8Array(64 * 1024).fill(7)

/** Work of a fixed size in JavaScript, as decoding is: 1.55 ms where decoding was measured for the bound. */
const reference = (): unknown => keccak_256(REFERENCE_BYTES)

/** Measured again while it is too much: whatever else the machine does only adds to either side. */
function decodeTime(decode: () => unknown): Pick<DecodeCost, 'decodeMs' | 'timesReference'> {
  let [decodeMs, referenceMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let turn = 0; turn < TURNS; turn++) {
    for (let run = 0; run < RUNS; run++) {
      decodeMs = Math.min(decodeMs, cpuOf(decode))
      referenceMs = Math.min(referenceMs, cpuOf(reference))
    }
    if (decodeMs <= Math.min(MAX_DECODE_MS, MAX_TIMES_REFERENCE * referenceMs)) break
  }
  return { decodeMs, timesReference: decodeMs / referenceMs }
}

/** What a call costs, ms of CPU: the least of several runs. */
export const leastMs = (call: () => unknown): number => Math.min(...Array.from({ length: RUNS }, () => cpuOf(call)))

/**
 * What a call costs, ms: CPU of all threads, so that collecting garbage and compiling count and other processes do not.
 */
function cpuOf(call: () => unknown): number {
  const before = process.cpuUsage()
  call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** So many copies are held that what the process does besides is small beside them. */
const COPIED_BYTES = 4 * 1024 * 1024
const MAX_COPIES = 2_000
const MIN_COPIES = 20

/** Measured again while it is too much, thrice at most: whatever else the process does meanwhile only adds. */
function heapOf(make: () => unknown, bytes: number, allowed: number): number {
  let held = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3 && held > allowed; turn++) held = Math.min(held, heldBy(make, bytes))
  return held
}

function heldBy(make: () => unknown, bytes: number): number {
  const copies = Math.min(MAX_COPIES, Math.max(MIN_COPIES, Math.ceil(COPIED_BYTES / Math.max(1, bytes))))
  const collect = collector()
  const held: unknown[] = new Array(copies).fill(0)
  collect()
  const before = used()
  for (let index = 0; index < copies; index++) held[index] = make()
  collect()
  const after = used()
  return held.length === copies ? Math.max(0, after - before) / copies : 0
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
