import type { PolicyDecision } from '../domain/policy-rules.js'
import type { RefusalCode } from '../domain/refusal.js'
import { InvalidArgumentError } from '../errors.js'
import { type BuiltInRule, refuse } from './built-in-rule.js'

interface WindowWords {
  /** Default `NOT_IN_SERVICE`. */
  readonly code?: Extract<RefusalCode, 'NOT_IN_SERVICE' | 'POLICY'>
  /** Told to the asker; default `maintenance`. */
  readonly reason?: string
}

/** A time in which nothing is granted: once, or every day. */
export type MaintenanceWindow = WindowWords &
  (
    | { readonly from: Date; readonly to: Date }
    /** `HH:MM-HH:MM`, UTC; it may pass midnight. */
    | { readonly daily: string }
  )

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60

/** Minutes of the day of `22:00-02:30`; `undefined` where it is no such text or both times are equal. */
export function parseDaily(text: string): { readonly from: number; readonly to: number } | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (match === null) return undefined
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number)
  const from = fromHour * 60 + fromMinute
  const to = toHour * 60 + toMinute
  return from === to ? undefined : { from, to }
}

/** @throws InvalidArgumentError */
export function maintenanceRule(window: MaintenanceWindow): BuiltInRule {
  const { code = 'NOT_IN_SERVICE', reason = 'maintenance' } = window
  const name = 'maintenance'
  const closed = (until: string): PolicyDecision => refuse(name, code, `${reason} until ${until}`)
  if ('daily' in window) {
    const times = parseDaily(window.daily)
    if (times === undefined) {
      throw new InvalidArgumentError('maintenance daily', "two times 'HH:MM-HH:MM' in UTC", window.daily)
    }
    return {
      name,
      text: `refuse ${code} daily ${window.daily} UTC: ${reason}`,
      decide: ({ now }) => (inDaily(times, now) ? closed(`${window.daily.slice(6)} UTC`) : undefined)
    }
  }
  const from = window.from.getTime()
  const to = window.to.getTime()
  if (!(from < to)) {
    const got = `${isoTime(from)} to ${isoTime(to)}`
    throw new InvalidArgumentError('maintenance', 'a time from which it begins before the time to which it lasts', got)
  }
  return {
    name,
    text: `refuse ${code} from ${isoTime(from)} to ${isoTime(to)}: ${reason}`,
    decide: ({ now }) => (now >= from && now < to ? closed(isoTime(to)) : undefined)
  }
}

function inDaily({ from, to }: { from: number; to: number }, unixMs: number): boolean {
  const minute = Math.floor(unixMs / MINUTE_MS) % DAY_MINUTES
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

function isoTime(unixMs: number): string {
  const date = new Date(unixMs)
  return Number.isNaN(date.getTime()) ? 'no valid time' : date.toISOString().replace('.000Z', 'Z')
}
