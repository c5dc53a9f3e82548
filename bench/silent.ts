import { type Arm, inTurns } from './arms.js'
import { Closers, type Field, openField, type Place } from './field.js'
import { atMost, type Figure, figure, figuresOf, median, REFERENCE } from './figures.js'
import { settled } from './settle.js'

const LIVE = 12
const SILENT = 8
const APPROVALS = 6
const WARM_UP = 50
const ASKS = 40
/** Pairs of asks before the other arm has its turn. */
const BLOCK = 4
const MAX_RATIO = 1.2

/** Positions of processes in the field, and of the two askers in theirs. */
const ASKERS = 0
const MUTE = 2
const HEALTHY = 0
const BURDENED = 1

/**
 * 6 approvals of 12 live SPs, with 0 and with 8 further SPs that accept connections and never answer (their process is
 * stopped). Two askers in one process ask in turn, so that both meet the same machine.
 */
export async function* silent(
  arms: readonly Arm[],
  { count = ASKS }: { readonly count?: number }
): AsyncGenerator<Figure> {
  const closers = new Closers()
  try {
    const begun = performance.now()
    const fields = await Promise.all(arms.map(arm => openField(arm, [2, LIVE, SILENT], closers, apart)))
    await settled(fields.flatMap(({ settling }) => settling))
    const seconds = (performance.now() - begun) / 1_000
    const ask = async ({ processes: [askers] }: Field, times: number) => {
      const [healthy = [], burdened = []] = (await askers?.call('ask', [HEALTHY, BURDENED], APPROVALS, times)) ?? []
      return { healthy, burdened }
    }
    for (const field of fields) await ask(field, WARM_UP)
    for (const { processes } of fields) processes[MUTE]?.freeze()
    const turns = await inTurns(fields, Math.ceil(count / BLOCK), field => ask(field, BLOCK))
    const healthy = turns.map(arm => arm.map(turn => turn.healthy))
    const burdened = turns.map(arm => arm.map(turn => turn.burdened))
    const ratio = turns.map(arm => arm.map(turn => [median(turn.burdened) / median(turn.healthy)]))
    const name = `${APPROVALS} of ${LIVE}`
    yield* [
      figure(`${name}, time until the field had settled`, 's', [seconds], REFERENCE),
      ...figuresOf({ name: `${name}, nobody silent`, unit: 'ms', goal: REFERENCE, arms: healthy }),
      ...figuresOf({ name: `${name}, ${SILENT} more silent`, unit: 'ms', goal: REFERENCE, arms: burdened }),
      ...figuresOf({ name: `${SILENT} silent against none`, unit: 'ratio', goal: atMost(MAX_RATIO), arms: ratio })
    ]
  } finally {
    await closers.close()
  }
}

/** The healthy asker and the silent SPs do not know each other. */
const apart = (one: Place, other: Place): boolean =>
  one.process === ASKERS && one.index === HEALTHY && other.process === MUTE
