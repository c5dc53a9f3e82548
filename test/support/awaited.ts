/** Waiting with an end: a rule that is broken must fail its test with a line that says what did not come about. */
import { setTimeout as pause } from 'node:timers/promises'

/** Long enough for a busy machine: what takes longer has failed. */
export const GIVE_UP_MS = 60_000

const late = (what: string, ms: number): Error => new Error(`not within ${ms} ms: ${what}`)

/** What the promise gives. */
export async function awaited<T>(what: string, promise: Promise<T>, ms = GIVE_UP_MS): Promise<T> {
  const bound = new AbortController()
  const over = pause(ms, undefined, { signal: bound.signal }).then(() => Promise.reject(late(what, ms)))
  // Aborted below, where nobody waits for it any more.
  over.catch(() => undefined)
  try {
    return await Promise.race([promise, over])
  } finally {
    bound.abort()
  }
}

/** Resolves when the condition holds; looked at every few milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = GIVE_UP_MS): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw late(what, ms)
    await pause(2)
  }
}
