/**
 * Upstream: @libp2p/yamux 8.0.3, `Decoder.readFrame` and `YamuxMuxer.handleFrame`: buffer a data frame as a whole before
 * its length is compared with the window, and a header can announce 4 GiB; make a stream and begin a negotiation for each
 * opening frame, 70 µs of work for 24 bytes where the next frame resets it, and answer every ping.
 */
import { type MessageStream, StreamMessageEvent } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Clock, Timer } from '../../kit/clock.js'
import { FrameInspector } from './frame-inspector.js'
import type { Allowance } from './stream-allowance.js'

/** Between two looks at whether one of a crowd may go on: many wait at once. */
const WAIT_MS = 20

export interface FrameGuardInit {
  /** The largest window we grant. */
  readonly maxFrameBytes: number
  readonly allowance: Allowance
  readonly clock: Clock
}

/**
 * Ends a connection whose peer announces too long a frame, opens streams too fast or sends too many frames. One of a crowd
 * that opens too many together is read no further until the crowd may open more; nothing of it is lost.
 */
export function guardFrames(connection: MessageStream, { maxFrameBytes, allowance, clock }: FrameGuardInit): void {
  const inspector = new FrameInspector(maxFrameBytes, allowance)
  let held: Uint8ArrayList | undefined
  let timer: Timer | undefined
  let isResuming = false

  const onMessage = (event: StreamMessageEvent): void => {
    const { data } = event
    if (held !== undefined) {
      held.append(data)
      event.stopImmediatePropagation()
      return
    }
    const passing = inspector.passing(data instanceof Uint8Array ? [data] : data)
    if (typeof passing === 'string') {
      connection.removeEventListener('message', onMessage)
      // The muxer, which listens too, sees nothing of this message.
      event.stopImmediatePropagation()
      connection.abort(new Error(passing))
    } else if (inspector.hasToWait) {
      const whole = new Uint8ArrayList(data)
      event.data = whole.sublist(0, passing)
      held = whole.sublist(passing)
      if (!isResuming) connection.pause()
      timer = clock.setTimeout(goOn, WAIT_MS)
    }
  }

  const goOn = (): void => {
    const data = held
    if (data === undefined || connection.status !== 'open') return
    if (allowance.hasToWait()) {
      timer = clock.setTimeout(goOn, WAIT_MS)
      return
    }
    held = undefined
    if (data.byteLength > 0) connection.dispatchEvent(new StreamMessageEvent(data))
    if (isHeld() || connection.status !== 'open') return
    // What came meanwhile is dispatched by it, and may have to wait again.
    isResuming = true
    connection.resume()
    isResuming = false
    if (isHeld() && connection.status === 'open') connection.pause()
  }
  const isHeld = (): boolean => held !== undefined

  connection.addEventListener('message', onMessage)
  connection.addEventListener('close', () => clock.clearTimeout(timer))
}
