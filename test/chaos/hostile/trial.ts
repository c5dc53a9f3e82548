import { atLeast, atMost, exactly, type Figure, holds, median, percentile } from '../harness/figures.js'
import { pause } from '../harness/network.js'
import type { RowContext } from '../harness/row.js'
import { createField, type Field } from './field.js'
import type { Attack, Tally } from './kit.js'

/** Above the worst of the quiet run, ms. */
const STALL_MS = 50
const MIN_SUCCESS_PERCENT = 99
const MEDIAN_FACTOR = 1.5
const P99_FACTOR = 2
const P99_MS = 50
const BACK_SECONDS = 5
const MEMORY_FACTOR = 1.1

const PHASE_MS = 15_000
/** After the attack, before memory is looked at again. */
const FORGET_MS = 60_000
/** Long enough for half-open connections to be more than a node has places for. */
const SHORT_PHASE_MS = 2_500
/** After the start, before anything is measured: code is compiled, connections stand. */
const SETTLE_MS = 2_000
const SHORT_SETTLE_MS = 1_000
const SHORT_QUIET_MS = 1_500
/** Until the attack is in full swing. */
const BEFORE_RESTART_MS = 1_000
const ASK_EVERY_MS = 100
/** A live grant takes memory: their number must not grow while memory is watched. */
const ASK = { min: 1, max: 1, timeoutMs: 5_000, objects: 200 } as const
/** In which an ask ends whatever happens: too few are asked in the short form for their median and p99 to say more. */
const UNKNOWN_MS = 5_000
/** Of a core; an attacker that takes all of one is told by less, since the control must end. */
const MAX_SHARE = 0.95

/**
 * One attack against a daemon of its own, from one address and then from many. Attacker and daemon share the machine, so what
 * is measured is held against the worse of two controls: nobody sends anything; and nobody sends anything while the
 * attacker's process burns the CPU that the attack took it.
 */
export async function trial(attack: Attack, addresses: readonly number[], context: RowContext): Promise<Figure[]> {
  const { say } = context
  say(`${attack.name}: ${attack.shows}`)
  const field = await createField(context, attack.isClosed)
  await phase(field, () => pause(SETTLE_MS))
  const quiet = await phase(field, () => pause(PHASE_MS))
  const usedBefore = await field.victim.usedBytes()
  const measured: Attacked[] = []
  for (const count of addresses) {
    const one = await underAttack(field, attack, count, PHASE_MS)
    say(`${labelOf(attack, count)}: ${tallyText(one.tally)}; ${Math.round(one.share * 100)} % of a core`)
    measured.push(one)
  }
  const alive = field.victim.runs
  await pause(FORGET_MS)
  const usedAfter = await field.victim.usedBytes()
  await field.attacker('burn', Math.max(...measured.map(({ share }) => share)))
  const control = await phase(field, () => pause(PHASE_MS))
  await field.attacker('end')
  const worse = (of: (measured: Phase) => number): number => Math.max(of(quiet), of(control))
  const limits: Limits = {
    stallMs: worse(({ stallMs }) => stallMs) + STALL_MS,
    medianMs: worse(({ medianMs }) => medianMs) * MEDIAN_FACTOR,
    p99Ms: worse(({ p99Ms }) => p99Ms) * P99_FACTOR + P99_MS
  }
  return [
    ...measured.flatMap((one, index) =>
      figuresOf(one, limits, attack).map(named(labelOf(attack, addresses[index] ?? 0)))
    ),
    ...[
      holds('the daemon runs on', 'yes', alive),
      atMost('memory in use a minute later', 'MB', usedAfter / 1e6, rounded((usedBefore * MEMORY_FACTOR) / 1e6))
    ].map(named(attack.name))
  ]
}

type Limits = Pick<Phase, 'stallMs' | 'medianMs' | 'p99Ms'>

const figuresOf = (
  { attacked, backSeconds, tally }: Attacked,
  { stallMs, medianMs, p99Ms }: Limits,
  { never }: Attack
): Figure[] => [
  atMost('worst stall', 'ms', attacked.stallMs, rounded(stallMs)),
  atLeast(`asks of listed SPs that succeed, of ${attacked.asks}`, '%', attacked.successPercent, MIN_SUCCESS_PERCENT),
  atMost('median of an ask', 'ms', attacked.medianMs, rounded(medianMs)),
  atMost('p99 of an ask', 'ms', attacked.p99Ms, rounded(p99Ms)),
  atMost('until a listed SP that restarts is back', 's', backSeconds, BACK_SECONDS),
  ...(never === undefined ? [] : [exactly(never, '', tally[never] ?? 0, 0)])
]

/**
 * Several attacks one after another against one daemon, for a few seconds each.
 */
export async function skirmish(attacks: readonly Attack[], addresses: number, context: RowContext): Promise<Figure[]> {
  const field = await createField(
    context,
    attacks.every(({ isClosed }) => isClosed === true)
  )
  await phase(field, () => pause(SHORT_SETTLE_MS))
  const quiet = await phase(field, () => pause(SHORT_QUIET_MS))
  const figures: Figure[] = []
  for (const attack of attacks) {
    const label = labelOf(attack, addresses)
    context.say(`${label}: ${attack.shows}`)
    const one = await underAttack(field, attack, addresses, SHORT_PHASE_MS)
    context.say(`${label}: ${tallyText(one.tally)}`)
    const limits = { stallMs: quiet.stallMs + STALL_MS, medianMs: UNKNOWN_MS, p99Ms: UNKNOWN_MS }
    figures.push(
      ...figuresOf(one, limits, attack).map(named(label)),
      named(label)(holds('the daemon runs on', 'yes', field.victim.runs))
    )
  }
  return figures
}

const labelOf = ({ name }: Attack, addresses: number): string =>
  `${name} from ${addresses} ${addresses === 1 ? 'address' : 'addresses'}`

const named =
  (label: string) =>
  (figure: Figure): Figure => ({ ...figure, name: `${label}: ${figure.name}` })

const rounded = (value: number): number => Number(value.toPrecision(4))

const tallyText = (tally: Tally): string =>
  Object.entries(tally)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ') || 'nothing was counted'

interface Phase {
  readonly stallMs: number
  readonly asks: number
  readonly successPercent: number
  readonly medianMs: number
  readonly p99Ms: number
}

/** What the victim and those who ask it go through meanwhile. */
async function phase({ victim, askers, askerIds }: Field, during: () => Promise<void>): Promise<Phase> {
  const stalls = victim.watchStalls()
  for (const id of askerIds) await askers.call('startAsking', id, ASK, ASK_EVERY_MS)
  await during()
  const outcomes = (await Promise.all(askerIds.map(id => askers.call('endAsking', id)))).flat()
  const good = outcomes.filter(({ ok }) => ok).map(({ ms }) => ms)
  return {
    stallMs: await stalls.stop(),
    asks: outcomes.length,
    successPercent: (100 * good.length) / Math.max(1, outcomes.length),
    medianMs: median(good),
    p99Ms: percentile(good, 0.99)
  }
}

interface Attacked {
  readonly attacked: Phase
  readonly backSeconds: number
  readonly tally: Tally
  /** Of a core, that the attacker took. */
  readonly share: number
}

async function underAttack(field: Field, attack: Attack, addresses: number, ms: number): Promise<Attacked> {
  const begun = performance.now()
  const elapsed = (): number => performance.now() - begun
  await field.attacker('begin', field.spec(attack.name, sourcesOf(addresses)))
  let backSeconds = Number.POSITIVE_INFINITY
  const attacked = await phase(field, async () => {
    await pause(BEFORE_RESTART_MS)
    backSeconds = await restart(field)
    await pause(ms - elapsed())
  })
  const { tally, cpuMs } = await field.attacker('end')
  return { attacked, backSeconds, tally, share: Math.min(MAX_SHARE, cpuMs / elapsed()) }
}

/** None is the address at which the listed SPs are. */
const sourcesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `127.0.${index + 1}.1`)

/** Seconds from the start of a listed SP's node to its first approval. */
async function restart({ restarting, restartingSpec }: Field): Promise<number> {
  await restarting.call('stop', [restartingSpec.id])
  try {
    const { readyMs, askMs, error } = await restarting.call('startAndAsk', restartingSpec, ASK)
    return error === undefined ? (readyMs + askMs) / 1_000 : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
