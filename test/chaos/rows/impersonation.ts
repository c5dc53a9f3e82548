import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../../src/domain/task-defaults.js'
import { createKey, localSigner, peerIdOf } from '../../../src/index.js'
import { approvalOf, askOf, attacker, attempt, pingOf, pongOf } from '../harness/attacker.js'
import { entryOf, listed } from '../harness/entries.js'
import { exactly, type Figure } from '../harness/figures.js'
import { createSps, pause, secondsUntil } from '../harness/network.js'
import type { RowContext } from '../harness/row.js'

const TRIES = 5
/** Of the chain in memory, which stands at 1,000. */
const EXPIRED_HEIGHT = 2_500n

/**
 * A pinned SP, and a thief who has every signature that its node ever made: its pings, pongs, asks, and its approvals of
 * the victim's own asks while they are still open. To show that they are good, its own node brings the same bytes last.
 */
export async function impersonation({ say, scope }: RowContext): Promise<Figure[]> {
  const victim = await scope.nodes('victim')
  const [own, pinned, witness] = createSps(3)
  if (own === undefined || pinned === undefined || witness === undefined) throw new RangeError('expected SPs')
  const spec = { chain: { kind: 'memory' }, pingPeriodMs: 1_000 } as const
  const nodeKey = createKey()
  const [target] = await victim.call('start', [
    {
      ...spec,
      id: 'victim',
      operatorKey: own.operatorKey,
      pins: { [pinned.address]: [peerIdOf(nodeKey)] },
      bookDir: await scope.folder()
    }
  ])
  const [other] = await (await scope.nodes('witness')).call('start', [
    { ...spec, id: 'witness', operatorKey: witness.operatorKey }
  ])
  if (target === undefined || other === undefined) throw new Error('expected nodes')
  const signer = localSigner(pinned.operatorKey)
  const thief = await attacker(scope, target, { waits: true })
  // The pinned SP's own node: quiet at first, so that nothing but the thief's word is there to count.
  const stolen: Uint8Array[] = []
  const genuine = await attacker(scope, target, { nodeKey, waits: true, onAsk: ask => void stolen.push(ask) })
  await victim.call('putEntries', [
    listed(pinned.address, [{ peerId: genuine.peerId, addresses: [`/ip4/127.0.0.1/tcp/${genuine.port}`] }]),
    entryOf(other),
    entryOf(target)
  ])
  await victim.call('waitForSps', 'victim', 2, 30_000)

  for (let i = 0; i < TRIES; i++) {
    await attempt(thief.send(PING_PROTOCOL, await pingOf(signer)))
    await attempt(thief.send(PONG_PROTOCOL, await pongOf(signer, [])))
    await attempt(thief.send(ASK_PROTOCOL, await askOf(signer, template(i))))
    await pause(250)
  }
  const asThief = (await victim.call('peers', 'victim')).filter(({ peerId }) => peerId === thief.peerId)
  const promised = await victim.call('grants', 'victim', pinned.address)

  // Each ask waits for the pinned SP while the thief brings its approval; then, once, its own node does.
  const counted = { thief: 0, genuine: 0 }
  const plan = { min: 1, max: 2, timeoutMs: 1_500 }
  for (const bearer of ['thief', 'genuine'] as const) {
    const from = bearer === 'thief' ? thief : genuine
    const before = stolen.length
    const asking = victim.call('ask', 'victim', plan)
    await secondsUntil(1_000, () => stolen.length > before)
    const [ask] = stolen.slice(before)
    if (ask === undefined) say(`the pinned SP's node was not asked`)
    else await attempt(from.send(ANSWER_PROTOCOL, await approvalOf(signer, ask, EXPIRED_HEIGHT)))
    const { sps } = await asking
    if (sps.includes(pinned.address)) counted[bearer]++
  }
  const genuineAsk = await attempt(genuine.send(ASK_PROTOCOL, await askOf(signer, template(TRIES))))
  const promisedNow =
    genuineAsk && (await secondsUntil(5_000, async () => (await victim.call('grants', 'victim', pinned.address)) > 0))
  const written = await victim.call('written', 'victim')
  return [
    exactly(
      'pinned: thieves that stand for it after its pings and pongs',
      '',
      asThief.filter(p => p.sp !== undefined).length,
      0
    ),
    exactly("pinned: promises on its asks from a thief's peer id", '', promised, 0),
    exactly('pinned: promises on the same ask from its own', '', promisedNow === undefined ? 0 : 1, 1),
    exactly("pinned: its approvals that count from a thief's peer id", '', counted.thief, 0),
    exactly('pinned: the same from its own', '', counted.genuine, 1),
    exactly('pinned: thieves on disk', '', written.filter(peerId => peerId === thief.peerId).length, 0)
  ]
}

const template = (index: number) => ({
  ...EMPTY_TASK,
  task: EMPTY_TASK_INFO,
  objectInfo: completeObjectInfo({
    id: String(7_000 + index),
    bucketName: 'stolen',
    objectName: `o${index}`,
    payloadSize: 1n << 20n
  }),
  storageParams: completeStorageParams()
})
