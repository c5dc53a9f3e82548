import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey, localSigner, operatorAddressOf, peerIdOf } from '../../../src/index.js'
import { callerOf } from '../../support/calls.js'
import { endChild, forkScript } from '../../support/child.js'
import { pingOf } from '../harness/attacker.js'
import { createSps, type NetworkSp } from '../harness/network.js'
import type { NodeSpec } from '../harness/nodes.js'
import type { RowContext } from '../harness/row.js'
import { refusingPort } from '../harness/sockets.js'
import type { Worker } from '../harness/worker.js'
import type { AttackerCommands } from './attacker-main.js'
import type { AttackSpec } from './kit.js'
import { Victim } from './victim.js'

/** SPs that the list names without a node: any peer may speak for them, and nobody does but the attacker. */
const OPEN_SPS = 40
const CALL_MS = 60_000

/**
 * A victim, listed SPs that ask it, and an attacker, each in a process of its own. In the short form the listed SPs run in
 * this process.
 */
export interface Field {
  readonly victim: Victim
  readonly victimSp: string
  /** Two listed SPs that stay, and one that is to restart. */
  readonly askers: Worker
  readonly askerIds: readonly string[]
  readonly restarting: Worker
  readonly restartingSpec: NodeSpec
  readonly attacker: Awaited<ReturnType<typeof callerOf<AttackerCommands>>>['call']
  spec(attack: string, sources: readonly string[]): AttackSpec
}

interface Listed extends NetworkSp {
  readonly nodeKey: Uint8Array
  readonly port: number
}

const listedSps = (count: number): Promise<Listed[]> =>
  Promise.all(createSps(count).map(async sp => ({ ...sp, nodeKey: createKey(), port: await refusingPort() })))

async function startAttacker(scope: RowContext['scope']) {
  const child = forkScript(new URL('./attacker-main.js', import.meta.url), [])
  scope.defer(() => endChild(child))
  return await callerOf<AttackerCommands>(child, 'attacker', CALL_MS)
}

/** @param isClosed the list names the peer ids of every SP on it */
export async function createField(context: RowContext, isClosed = false): Promise<Field> {
  const { scope } = context
  const [own, turned, restarting, ...askers] = await listedSps(5)
  if (own === undefined || turned === undefined || restarting === undefined) throw new RangeError('expected SPs')
  const open = createSps(isClosed ? 0 : OPEN_SPS)
  const folder = await scope.folder()
  const listFile = async (name: string, sps: readonly (Listed | NetworkSp)[]): Promise<string> => {
    const file = join(folder, name)
    await writeFile(file, listOf(sps))
    return file
  }
  const providers = await listFile('victim.toml', [own, turned, restarting, ...askers, ...open])
  const attacking = startAttacker(scope)
  // Awaited last: the rest may fail before.
  attacking.catch(() => undefined)
  // Each asks the victim alone: nobody else's pace is measured.
  const nodeOf = async (sp: Listed, id: string): Promise<NodeSpec> => ({
    id,
    operatorKey: sp.operatorKey,
    nodeKey: sp.nodeKey,
    port: sp.port,
    dht: 'off',
    chain: { kind: 'static', file: await listFile(`${id}.toml`, [own, sp]) }
  })
  const victim = await Victim.start(context, { folder: join(folder, 'victim'), providers, ...own })
  const askerSpecs = await Promise.all(askers.map((sp, index) => nodeOf(sp, `asker${index}`)))
  const askerWorker = await scope.nodes('askers')
  await askerWorker.call('start', askerSpecs)
  const restartingWorker = await scope.nodes('restarting')
  const restartingSpec = await nodeOf(restarting, 'restarting')
  await restartingWorker.call('start', [restartingSpec])
  for (const { id } of askerSpecs) await askerWorker.call('waitForSps', id, 1, CALL_MS)

  const attacker = await attacking
  const pings = await Promise.all([...open, own].map(({ operatorKey }) => pingOf(localSigner(operatorKey))))
  return {
    victim,
    victimSp: own.address,
    askers: askerWorker,
    askerIds: askerSpecs.map(({ id }) => id),
    restarting: restartingWorker,
    restartingSpec,
    attacker: attacker.call,
    spec: (attack, sources) => ({
      attack,
      sources,
      pings,
      target: { port: own.port, peerId: peerIdOf(own.nodeKey) },
      turned: { operatorKey: turned.operatorKey, nodeKey: turned.nodeKey }
    })
  }
}

const listOf = (sps: readonly (Listed | NetworkSp)[]): string =>
  [
    "[chain]\nnetwork = 'chaos'\ngenesis = 2025-01-01T00:00:00Z\nblock_time = '2s'",
    ...sps.map(sp => {
      const nodes =
        'nodeKey' in sp
          ? `[{ peer_id = '${peerIdOf(sp.nodeKey)}', addresses = ['/ip4/127.0.0.1/tcp/${sp.port}'] }]`
          : '[]'
      return `[[providers]]\noperator_address = '${operatorAddressOf(sp.operatorKey)}'\nnodes = ${nodes}`
    })
  ].join('\n\n')
