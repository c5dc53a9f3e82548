import { PING_PROTOCOL, PONG_PROTOCOL } from '../../../src/constants.js'
import { createKey, localSigner, peerIdOf } from '../../../src/index.js'
import { type Attacker, attacker, attempt, inventedNodes, pingOf, pongOf } from '../harness/attacker.js'
import { entryOf, listed } from '../harness/entries.js'
import { atLeast, atMost, exactly, type Figure, reference } from '../harness/figures.js'
import { createSps, pause, secondsUntil } from '../harness/network.js'
import type { NodeInfo, NodeSpec, PeerLine } from '../harness/nodes.js'
import type { Row, RowContext } from '../harness/row.js'
import { refusingPort } from '../harness/sockets.js'
import type { Worker } from '../harness/worker.js'
import { impersonation } from './impersonation.js'

const MAX_HINTS = 512
/** At the same time; each is a handshake of its own. */
const AT_ONCE = 8
const PONG_NODES = 300
const PONG_ADDRESSES = 20

export const floods: Row = {
  name: 'floods',
  shows: 'strangers by the thousand displace nobody, are not kept, and speak for nobody',
  async run(context) {
    const flooded = await flood(context)
    await context.scope.close()
    return [...flooded, ...(await impersonation(context))]
  }
}

/** Who may be on disk and stay, whatever happens: the SPs' own nodes. */
interface Honest {
  readonly victim: Worker
  readonly target: NodeInfo
  readonly nodes: readonly NodeInfo[]
}

/**
 * One node that knows three named and three open SPs, under everything at once: sybils that connect and stay, sybils that
 * come and go, an open SP that claims a thousand nodes, a listed SP whose node answers every ping with hundreds of
 * invented nodes, and a ping of an open SP replayed from ever new peer ids.
 */
async function flood(context: RowContext): Promise<Figure[]> {
  const { short, say, scope } = context
  const counts = short
    ? { staying: 4, passing: 6, claiming: 8, replaying: 4, invented: 1_500 }
    : { staying: 200, passing: 1_000, claiming: 1_000, replaying: 200, invented: 10_000 }
  const victim = await scope.worker('victim')
  const crowd = await scope.nodes('honest')
  const [own, greedy, liar, ...sps] = createSps(9)
  if (own === undefined || greedy === undefined || liar === undefined) throw new RangeError('expected SPs')
  const bookDir = await scope.folder()
  const spec = { chain: { kind: 'memory' }, pingPeriodMs: 1_000 } as const
  const nodes = await crowd.call(
    'start',
    sps.map(({ operatorKey }, sp): NodeSpec => ({ ...spec, id: `sp${sp}`, operatorKey }))
  )
  const named = nodes.slice(0, 3)
  const open = nodes.slice(3)
  const bootstrap = nodes.map(info => info.bootstrap)
  const [target] = await victim.call('start', [
    { ...spec, id: 'victim', operatorKey: own.operatorKey, bookDir, bootstrap }
  ])
  if (target === undefined) throw new Error('expected a victim')
  // The liar is listed with a node, so that the victim dials it and believes that it speaks for its SP.
  const liarKey = createKey()
  const lies = new Lies(localSigner(liar.operatorKey), await refusingPort())
  const lying = await attacker(scope, target, { nodeKey: liarKey, waits: true, onPing: from => void lies.tell(from) })
  const liarEntry = listed(liar.address, [
    { peerId: peerIdOf(liarKey), addresses: [`/ip4/127.0.0.1/tcp/${lying.port}`] }
  ])
  const entries = [
    ...named.map(info => entryOf(info)),
    ...open.map(info => entryOf(info, { open: true })),
    listed(greedy.address),
    entryOf(target)
  ]
  await crowd.call('putEntries', [...entries, listed(liar.address)])
  await victim.call('putEntries', [...entries, liarEntry])
  const known = await secondsUntil(60_000, async () => {
    const peers = await peersOf(victim)
    return nodes.every(({ peerId }) => peers.some(peer => peer.peerId === peerId && standing(peer)))
  })
  if (known === undefined) say('the victim did not come to know all honest nodes before the flood')
  const ask = { min: sps.length, max: sps.length, timeoutMs: 10_000 }
  const before = await victim.call('ask', 'victim', ask)
  if (!before.ok) say(`asking all before the flood: ${before.error}`)
  const honest: Honest = { victim, target, nodes }
  const watch = await Watch.begin(honest, peerIdOf(liarKey))

  const stillness = watch.every(250)
  await inTurn(counts.staying, () => attempt(attacker(scope, target)))
  say(`${counts.staying} strangers came to stay`)
  await inTurn(counts.passing, async () => passing(await quiet(context, target)))
  say(`${counts.passing} came and went`)
  const claim = await pingOf(localSigner(greedy.operatorKey))
  await inTurn(counts.claiming, async () => speaking(await quiet(context, target), claim))
  say(`one SP claimed ${counts.claiming} nodes`)
  const replayed = await pingOf(localSigner(sps[3]?.operatorKey ?? own.operatorKey))
  const replayers = new Set<string>()
  await inTurn(counts.replaying, async () => {
    const peer = await quiet(context, target)
    if (peer !== undefined) replayers.add(peer.peerId)
    await speaking(peer, replayed)
  })
  say(`a ping was replayed from ${counts.replaying} peer ids`)
  while (lies.told < counts.invented && lies.asked < counts.invented) {
    await attempt(lies.tell(lying))
    await pause(300)
    if (lying.shutOut) break
  }
  say(`a listed SP told of ${lies.told} invented nodes${lying.shutOut ? ', and was cut off' : ''}`)
  const during = await victim.call('ask', 'victim', ask)
  if (!during.ok) say(`asking all during the flood: ${during.error}`)
  await pause(1_000)
  await stillness.stop()

  const after = await peersOf(victim)
  const written = await victim.call('written', 'victim')
  await victim.call('stop', ['victim'])
  const onDisk = await victim.call('readBook', bookDir)
  const allowed = new Set([...nodes.map(({ peerId }) => peerId), peerIdOf(liarKey) as string])
  const strangers = (ids: readonly string[]): number => ids.filter(id => !allowed.has(id)).length
  const ids = counts.staying + counts.passing + counts.claiming + counts.replaying + lies.told
  return [
    reference('peer ids that the victim heard of', '', ids),
    exactly('known nodes displaced', '', watch.displaced(after), 0),
    exactly('records written to disk for strangers', '', strangers(written), 0),
    exactly('strangers on disk afterwards', '', strangers(onDisk.nodes.map(({ peerId }) => peerId)), 0),
    atMost('hints at any time', '', watch.mostHints, MAX_HINTS),
    atMost(
      'nodes of the SP that claims a thousand',
      '',
      after.filter(peer => peer.sp === greedy.address && standing(peer)).length,
      4
    ),
    exactly('replayers that stand above claimed', '', after.filter(p => replayers.has(p.peerId) && above(p)).length, 0),
    atLeast(
      'honest SPs that answer an ask during the flood',
      '',
      during.sps.filter(sp => sp !== liar.address).length,
      sps.length
    ),
    reference('ask of all before', 'ms', before.ms),
    reference('ask of all during', 'ms', during.ms)
  ]
}

const peersOf = (victim: Worker): Promise<PeerLine[]> => victim.call('peers', 'victim')
const standing = ({ standing: shown }: PeerLine): boolean => shown !== 'hint'
const above = (peer: PeerLine): boolean => peer.standing === 'verified' || peer.proven

/** A sybil that goes once it has been; `undefined` where it was not let in. */
async function quiet({ scope }: RowContext, target: NodeInfo): Promise<Attacker | undefined> {
  return await attacker(scope, target).catch(() => undefined)
}

async function passing(peer: Attacker | undefined): Promise<void> {
  await peer?.stop()
}

/** It brings one message; time for it to be read is given before it goes. */
async function speaking(peer: Attacker | undefined, ping: Uint8Array): Promise<void> {
  if (peer === undefined) return
  await attempt(peer.send(PING_PROTOCOL, ping))
  await pause(50)
  await peer.stop()
}

async function inTurn(count: number, one: () => Promise<unknown>): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await one()
    })
  )
}

/** A node that tells of others, in the thousands, none of which exist. */
class Lies {
  readonly #signer: ReturnType<typeof localSigner>
  readonly #port: number
  told = 0
  /** Pings and turns in which it could have told. */
  asked = 0

  constructor(signer: ReturnType<typeof localSigner>, port: number) {
    this.#signer = signer
    this.#port = port
  }

  async tell(from: Attacker): Promise<void> {
    this.asked++
    const pong = await pongOf(this.#signer, inventedNodes(PONG_NODES, PONG_ADDRESSES, this.#port))
    if (await attempt(from.send(PONG_PROTOCOL, pong))) this.told += PONG_NODES
  }
}

/** Looks at the victim's book all the while. */
class Watch {
  readonly #honest: Honest
  readonly #before: readonly PeerLine[]
  mostHints = 0

  static async begin(honest: Honest, liar: string): Promise<Watch> {
    const ids = new Set([...honest.nodes.map(({ peerId }) => peerId), liar])
    const before = await peersOf(honest.victim)
    return new Watch(
      honest,
      before.filter(peer => ids.has(peer.peerId) && standing(peer))
    )
  }

  private constructor(honest: Honest, before: readonly PeerLine[]) {
    this.#honest = honest
    this.#before = before
  }

  every(ms: number): { stop(): Promise<void> } {
    let running = true
    const looking = (async () => {
      while (running) {
        const hints = (await peersOf(this.#honest.victim)).filter(peer => peer.standing === 'hint' && !peer.tied)
        this.mostHints = Math.max(this.mostHints, hints.length)
        await pause(ms)
      }
    })()
    return {
      async stop() {
        running = false
        await looking
      }
    }
  }

  /** Nodes that stood before and now stand lower, belong to another SP or are gone. */
  displaced(after: readonly PeerLine[]): number {
    return this.#before.filter(was => {
      const is = after.find(({ peerId }) => peerId === was.peerId)
      return is === undefined || is.sp !== was.sp || is.standing !== was.standing
    }).length
  }
}
