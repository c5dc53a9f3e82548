import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import type { Clock } from '../../kit/clock.js'
import { prelude } from '../muxer/early-protocol.js'

/** Bytes a peer may write on a stream that only we write; a negotiation answer needs fewer than 100. */
const MAX_RETURN_BYTES = 1_024

export interface DeliveryWatch {
  /** Why the message did not arrive, once that is known. */
  readonly lost: string | undefined
  /** Stops watching and resets the stream. */
  end(): void
}

export interface DeliveryWatchOptions {
  /** The protocol whose negotiation answer is still to come, on a stream that did not wait for it. */
  readonly echoOf: string | undefined
  /** Time the peer has to close its side, ms. */
  readonly lifeMs: number
  readonly clock: Clock
  /** `cutOff`: the connection ended before the peer had closed its side, so nobody knows whether the message came. */
  readonly onEnd: (lost: string | undefined, cutOff: boolean) => void
}

/**
 * Watches a stream after our message and its end are written, until the peer has closed its side: drops the peer's
 * echo of the negotiation, notices when the peer does not speak the protocol, and resets what stays open.
 */
export function watchDelivery(stream: Stream, options: DeliveryWatchOptions): DeliveryWatch {
  const { clock, onEnd, echoOf } = options
  const expected = echoOf === undefined ? undefined : prelude(echoOf)
  let received = 0
  let lost: string | undefined
  let over = false
  let remoteClosed = stream.remoteWriteStatus === 'closed'

  const end = (why?: string, cutOff = false): void => {
    if (over) return
    over = true
    lost = why
    clock.clearTimeout(timer)
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('remoteCloseWrite', onRemoteClose)
    stream.removeEventListener('close', onClose)
    if (stream.status === 'open') queueMicrotask(() => stream.abort(new Error(why ?? 'the peer left its side open')))
    onEnd(why, cutOff)
  }
  const onMessage = (event: StreamMessageEvent): void => {
    try {
      const chunk = event.data.subarray()
      const refused = expected !== undefined && !matches(chunk, expected, received)
      received += chunk.length
      if (refused) end('protocol refused')
      else if (received > MAX_RETURN_BYTES) end('the peer writes on a stream that is not its own')
    } catch (error) {
      end(`unreadable answer: ${String(error)}`)
    }
  }
  const onRemoteClose = (): void => {
    remoteClosed = true
  }
  const onClose = ({ error, local }: StreamCloseEvent): void => {
    if (local === true) end()
    else end(error === undefined ? undefined : 'stream reset', !remoteClosed && error?.name !== 'StreamResetError')
  }
  const timer = clock.setTimeout(() => end(), options.lifeMs)

  stream.addEventListener('message', onMessage)
  stream.addEventListener('remoteCloseWrite', onRemoteClose)
  stream.addEventListener('close', onClose)
  // The caller has no handle yet: a stream that has ended already is reported in a microtask.
  if (stream.status === 'reset') queueMicrotask(() => end('stream reset'))
  else if (stream.status !== 'open') queueMicrotask(() => end())
  return {
    get lost() {
      return lost
    },
    end: () => end()
  }
}

/** Whether the chunk continues the expected answer; whatever follows it is only counted. */
function matches(chunk: Uint8Array, expected: Uint8Array, offset: number): boolean {
  const part = expected.subarray(offset, offset + chunk.length)
  return Buffer.compare(chunk.subarray(0, part.length), part) === 0
}
