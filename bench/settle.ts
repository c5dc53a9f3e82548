import type { Observation } from './node-commands.js'

const LOOK_EVERY_MS = 250
/** All conditions must hold for this long without a break. */
const CALM_MS = 3_000
/** A field that still forms works more; pings and timers stay below it. */
const MAX_UTILIZATION = 0.5
const MAX_DELAY_MS = 100
const GIVE_UP_MS = 300_000

/** A process of nodes, and how many other nodes each of them is to be connected with. */
export interface Settling {
  readonly process: { call(name: 'observe'): Promise<Observation> }
  readonly connections: readonly number[]
}

/** Resolves when every wanted connection stands. */
export async function connected(processes: readonly Settling[]): Promise<void> {
  await until(processes, seen => seen.flatMap(missing))
}

/**
 * Resolves when a field has settled, with the seconds that took: every wanted connection stands, no process has opened or
 * accepted a socket (no dial, no handshake) and no event loop was busy or held up, all of it for {@link CALM_MS}.
 */
export async function settled(processes: readonly Settling[]): Promise<number> {
  let calmSince = performance.now()
  let sockets = 0
  return until(processes, seen => {
    const opened = seen.reduce((sum, { observation }) => sum + observation.sockets, 0)
    const unrest = [...seen.flatMap(missing), ...seen.flatMap(busy)]
    if (opened !== sockets) unrest.push('sockets were opened')
    sockets = opened
    const now = performance.now()
    if (unrest.length > 0) calmSince = now
    else if (now - calmSince < CALM_MS) unrest.push(`calm for ${Math.round(now - calmSince)} ms only`)
    return unrest
  })
}

interface Seen {
  readonly observation: Observation
  readonly connections: readonly number[]
}

/** Looks until nothing is in the way, and gives the seconds. @throws Error that names what still is */
async function until(processes: readonly Settling[], inTheWay: (seen: readonly Seen[]) => string[]): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const seen = await Promise.all(
      processes.map(async ({ process, connections }) => ({ observation: await process.call('observe'), connections }))
    )
    const reasons = inTheWay(seen)
    const tookMs = performance.now() - begun
    if (reasons.length === 0) return tookMs / 1_000
    if (tookMs > GIVE_UP_MS) throw new Error(`the field did not settle in ${tookMs / 1_000} s: ${reasons.join('; ')}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function missing({ observation: { connected }, connections }: Seen): string[] {
  const short = connections.filter((wanted, index) => (connected[index] ?? 0) < wanted).length
  return short === 0 ? [] : [`${short} of ${connections.length} nodes miss connections`]
}

function busy({ observation: { utilization, maxDelayMs } }: Seen): string[] {
  const reasons: string[] = []
  if (utilization > MAX_UTILIZATION) reasons.push(`an event loop is busy for ${Math.round(utilization * 100)} %`)
  if (maxDelayMs > MAX_DELAY_MS) reasons.push(`an event loop stood still for ${Math.round(maxDelayMs)} ms`)
  return reasons
}
