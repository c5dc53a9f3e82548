import { type Figure, holds } from '../harness/figures.js'
import type { Row, RowContext } from '../harness/row.js'
import { ATTACKS } from '../hostile/attacks/index.js'
import type { Attack } from '../hostile/kit.js'
import { skirmish, trial } from '../hostile/trial.js'

const ADDRESSES = [1, 64] as const

export const hostile: Row = {
  name: 'hostile',
  shows: 'strangers and a listed SP that has turned neither stall a daemon nor keep listed SPs out',
  parts: ATTACKS.map(({ name }) => name),
  async run(context: RowContext): Promise<Figure[]> {
    const { short, only, scope } = context
    const attacks = ATTACKS.filter(({ name, isShort }) => only?.includes(name) ?? (!short || isShort === true))
    if (short) return await skirmish(attacks, ADDRESSES[1], context)
    const figures: Figure[] = []
    for (const attack of attacks) {
      figures.push(...(await whole(attack, context)))
      await scope.close()
    }
    return figures
  }
}

/** An attack that breaks its trial off has missed its goal, and the others are tried all the same. */
async function whole(attack: Attack, context: RowContext): Promise<Figure[]> {
  try {
    return await trial(attack, ADDRESSES, context)
  } catch (error) {
    context.say(`${attack.name} broke off: ${error instanceof Error ? error.message : String(error)}`)
    return [holds(`${attack.name}: runs to its end`, 'yes', false)]
  }
}
