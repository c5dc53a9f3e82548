import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardFolder } from '../test/support/guard.js'
import { type Arm, inTurns } from './arms.js'
import { Closers } from './field.js'
import { atLeast, type Figure, figuresOf, REFERENCE, speedByRate } from './figures.js'
import { benchProcess } from './process.js'
import { settled } from './settle.js'

const IN_FLIGHT = 32
const ASKERS = 8
const WARM_UP = 4_000
const GRANTS = 20_000
/** Grants of one arm before the other has its turn. */
const BLOCK = 1_000
const MIN_SPEED = 0.97

/**
 * Grants as peers cause them: asks come over sockets, are read, verified, decided, signed and journalled, and the answer
 * leaves on a stream of its own. Counted by the CPU time of all threads of the approver's process.
 */
export async function* grants(
  arms: readonly Arm[],
  { count = GRANTS }: { readonly count?: number }
): AsyncGenerator<Figure> {
  yield* await measure('memory store', arms, count, () => undefined)
  yield* await measure('durable store', arms, count, folder)
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bench-grants-'))
  guardFolder(path)
  return path
}

async function measure(
  store: string,
  arms: readonly Arm[],
  count: number,
  storeDir: () => string | undefined
): Promise<Figure[]> {
  const closers = new Closers()
  try {
    const pairs = await Promise.all(arms.map(arm => open(arm, storeDir(), closers)))
    await settled(pairs.flatMap(({ settling }) => settling))
    for (const pair of pairs) await pair.grant(WARM_UP)
    const blocks = await inTurns(pairs, Math.ceil(count / BLOCK), async pair => [await pair.grant(BLOCK)])
    const name = `grants, ${IN_FLIGHT} in flight, ${store}`
    return figuresOf({
      name,
      unit: '1/s of CPU',
      goal: REFERENCE,
      arms: blocks,
      against: speedByRate(atLeast(MIN_SPEED))
    })
  } finally {
    await closers.close()
  }
}

/** An approver and the peers that ask it, each in a process. */
async function open(arm: Arm, storeDir: string | undefined, closers: Closers) {
  const approver = closers.add(await benchProcess('nodes', arm))
  const driver = closers.add(await benchProcess('driver', arm))
  const [entry] = await approver.call('start', 1, { unlimited: true, ...(storeDir !== undefined && { storeDir }) })
  if (entry === undefined) throw new Error('expected an approver')
  await approver.call('list', 0, [entry, ...(await driver.call('start', ASKERS))])
  await driver.call('connect', entry)
  let granted = 0
  return {
    settling: [{ process: approver, connections: [ASKERS] }],
    /** Grants a second of the approver's CPU. */
    async grant(count: number): Promise<number> {
      await driver.call('prepare', count)
      const before = await approver.call('cpuMs')
      await driver.call('send', IN_FLIGHT)
      const usedMs = (await approver.call('cpuMs')) - before
      granted += count
      const live = await approver.call('liveGrants')
      if (live !== granted) throw new Error(`expected ${granted} grants, the approver holds ${live}`)
      return (count / usedMs) * 1_000
    }
  }
}
