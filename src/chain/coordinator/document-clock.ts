/** Whether a signed document is newer than those before it. Pure: times in, what is known and a verdict out. */

/** A coordinator that serves the same document for longer than this is stuck, or the document is replayed. */
const SAME_DOCUMENT_MS = 10_000
/**
 * A coordinator whose clock was put back serves documents of an earlier time, and time goes on in them. They are believed
 * once that has been seen for so long; replayed documents that pass are stopped by the limit on the clocks' difference.
 */
const PUT_BACK_MS = 3_500

export interface DocumentClock {
  /** Unix ms of the newest document. */
  readonly time: number
  /** Monotonic ms when it came; `undefined` for that of an earlier run. */
  readonly at?: number | undefined
  /** Documents of an earlier time, not believed yet: the first, and the last one's time. */
  readonly earlier?: { readonly time: number; readonly at: number; readonly last: number } | undefined
}

export interface DocumentVerdict {
  readonly clock: DocumentClock
  readonly outcome: 'newer' | 'same' | 'stuck' | 'older'
}

/** @param isSame whether it has the time and the sequence of the newest one */
export function judgeDocument(
  known: DocumentClock | undefined,
  document: { readonly time: number; readonly monotonic: number; readonly isSame: boolean }
): DocumentVerdict {
  const { time, monotonic, isSame } = document
  if (known === undefined || time > known.time || (time === known.time && !isSame)) {
    return { clock: { time, at: monotonic }, outcome: 'newer' }
  }
  if (time === known.time) {
    return { clock: known, outcome: monotonic - (known.at ?? monotonic) <= SAME_DOCUMENT_MS ? 'same' : 'stuck' }
  }
  const { earlier } = known
  if (earlier === undefined || time < earlier.last) {
    return { clock: { ...known, earlier: { time, at: monotonic, last: time } }, outcome: 'older' }
  }
  const seen = Math.min(monotonic - earlier.at, 2 * (time - earlier.time))
  if (seen >= PUT_BACK_MS) return { clock: { time, at: monotonic }, outcome: 'newer' }
  return { clock: { ...known, earlier: { ...earlier, last: time } }, outcome: 'older' }
}
