/** The attacker's process: takes orders over IPC, ends with its parent. */
import { sharedAbort } from '../../../src/kit/abort.js'
import { serve } from '../../support/calls.js'
import { ATTACKS } from './attacks/index.js'
import { type AttackSpec, Kit, type Tally } from './kit.js'

export type AttackerCommands = ReturnType<typeof commands>

function commands() {
  let controller = sharedAbort()
  let kit: Kit | undefined
  let running = Promise.resolve()
  let cpuBefore = process.cpuUsage()

  return {
    begin(spec: AttackSpec): void {
      const attack = ATTACKS.find(({ name }) => name === spec.attack)
      if (attack === undefined) throw new RangeError(`expected an attack, got ${spec.attack}`)
      controller = sharedAbort()
      cpuBefore = process.cpuUsage()
      kit = new Kit(spec, controller.signal)
      running = attack.run(kit)
    },
    /** What happened, and the CPU that it took here, ms. */
    async end(): Promise<{ readonly tally: Tally; readonly cpuMs: number }> {
      const { user, system } = process.cpuUsage(cpuBefore)
      controller.abort()
      await running
      return { tally: kit?.tally ?? {}, cpuMs: (user + system) / 1_000 }
    },
    /** Takes this share of a core and sends nothing: what an attacker on the same machine costs by being there. */
    burn(share: number): void {
      controller = sharedAbort()
      running = burn(share, controller.signal)
    }
  }
}

/** Long enough that the system takes it for work, short against an ask. */
const SLICE_MS = 5

async function burn(share: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const until = performance.now() + SLICE_MS * share
    while (performance.now() < until);
    await new Promise(resolve => setTimeout(resolve, SLICE_MS * (1 - share)))
  }
}

process.on('SIGINT', () => undefined)
serve(commands())
