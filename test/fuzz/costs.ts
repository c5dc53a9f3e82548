/** What decoding costs: time, and the heap that a decoded message holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { peerIdFromString } from '@libp2p/peer-id'
import { decodePing, decodePong, decodeTask } from '../../src/codec/task-codec.js'
import { MAX_PING_BYTES, MAX_PONG_BYTES, MAX_TASK_BYTES } from '../../src/constants.js'
import { DecodeError } from '../../src/errors.js'
import { createKey, peerIdOf } from '../../src/identity/keys.js'
import type { MessageKind } from './corpus.js'
import type { WorstCase } from './worst-cases.js'

export interface DecodeCost {
  readonly name: string
  readonly message: MessageKind
  readonly bytes: number
  /** The reason where it is refused. */
  readonly refused: string | undefined
  /** Ms of CPU on a machine as fast as the bound's; see {@link typicalMs}. */
  readonly decodeMs: number
  /** Heap and buffers held by one decoded message, bytes. */
  readonly heapBytes: number
  /** What it may hold, bytes. */
  readonly allowedBytes: number
}

/** The dearest message a peer may send. */
export const MAX_DECODE_MS = 5
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
    decodeMs: typicalMs(attempt, MAX_DECODE_MS),
    heapBytes: heapOf(attempt, bytes.length, allowedBytes),
    allowedBytes
  }
}

/** Bounds in ms are those of a machine that reads a peer id, which is curve arithmetic in JavaScript, in so long. */
const PEER_ID_MS = 0.3
const PEER_IDS = Array.from({ length: 40 }, () => String(peerIdOf(createKey())))

/** How many times as long this machine takes at the moment, at least 1. */
function slowness(): number {
  const readAll = (): void => {
    for (const id of PEER_IDS) peerIdFromString(id)
  }
  return Math.max(1, Math.min(cpuOf(readAll), cpuOf(readAll)) / PEER_IDS.length / PEER_ID_MS)
}

/**
 * What a call costs, ms of CPU: the median of nine. What is above its bound is taken again, thrice at most, as the heap is,
 * each time against the speed of the machine in that moment: others add to it, and take from its speed.
 */
export function typicalMs(call: () => unknown, bound: number): number {
  let typical = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3 && typical > bound; turn++) {
    const times = Array.from({ length: 9 }, () => cpuOf(call)).sort((a, b) => a - b)
    const median = times[4] ?? 0
    typical = Math.min(typical, median > bound ? median / slowness() : median)
  }
  return typical
}

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
