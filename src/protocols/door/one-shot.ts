/**
 * One message per stream, as GfSp 0.0.1 speaks: the bare bytes until the writer closes, nothing back. A Go peer sends
 * header, protocol, message and end in one go, so the end may have passed before we look: nothing here waits for an
 * event without checking the state first, and nothing a remote sends escapes the guard.
 */
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import type { Clock } from '../../kit/clock.js'
import type { Account } from '../../kit/fair-budget.js'
import { Collector } from './collector.js'

export type ReadFailure = 'oversize' | 'no-room' | 'slow' | 'reset' | 'cut-off' | 'stopped' | 'fault'

export type ReadOutcome =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly why: ReadFailure; readonly error: Error }

export interface ReadOptions {
  readonly maxBytes: number
  /** Time the remote has for the whole message, ms. */
  readonly deadlineMs: number
  readonly budget: Account
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Reads the message of an inbound stream. Never rejects; a stream that failed has been reset. */
export function readOneShot(stream: Stream, options: ReadOptions): Promise<ReadOutcome> {
  const { clock, signal } = options
  return new Promise(resolve => {
    const collector = new Collector(options.maxBytes, options.budget)
    let settled = false

    const settle = (outcome: ReadOutcome): void => {
      if (settled) return
      settled = true
      options.budget.onEvict = undefined
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', onStop)
      stream.removeEventListener('message', onMessage)
      stream.removeEventListener('remoteCloseWrite', onEnd)
      stream.removeEventListener('close', onClose)
      collector.release()
      // A reset inside a `message` listener would confuse the muxer, which is still delivering that frame.
      if (!outcome.ok) queueMicrotask(() => stream.abort(outcome.error))
      resolve(outcome)
    }
    const fail = (why: ReadFailure, cause?: unknown): void =>
      settle({ ok: false, why, error: new Error(`message not read: ${why}`, { cause }) })
    const guarded =
      <E>(step: (event: E) => void) =>
      (event: E): void => {
        try {
          if (!settled) step(event)
        } catch (error) {
          fail('fault', error)
        }
      }
    const finishAtEnd = (): void => {
      if (stream.remoteWriteStatus === 'closed' && stream.readBufferLength === 0) {
        settle({ ok: true, bytes: collector.bytes() })
      }
    }
    const onMessage = guarded((event: StreamMessageEvent) => {
      const refused = collector.add(event.data)
      if (refused !== undefined) fail(refused)
      else finishAtEnd()
    })
    const onEnd = guarded(finishAtEnd)
    const onClose = guarded((event: StreamCloseEvent) => {
      if (event.error !== undefined) fail('reset', event.error)
      else if (stream.readBufferLength === 0) fail('cut-off')
    })
    const onStop = (): void => fail('stopped', signal.reason)
    const timer = clock.setTimeout(() => fail('slow'), options.deadlineMs)
    options.budget.onEvict = () => fail('no-room')

    if (signal.aborted) return onStop()
    if (stream.status === 'reset' || stream.status === 'aborted') return fail('reset')
    if (stream.readBufferLength > options.maxBytes) return fail('oversize')
    signal.addEventListener('abort', onStop)
    stream.addEventListener('remoteCloseWrite', onEnd)
    stream.addEventListener('close', onClose)
    stream.addEventListener('message', onMessage)
    guarded(finishAtEnd)(undefined)
  })
}
