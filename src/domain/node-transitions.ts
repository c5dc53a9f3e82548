/** What each event makes of a node. Pure: the node before and the facts of the event in, the node after out. */
import type { SpAddress } from './brands.js'
import { changed, type DialFailure, type Node } from './node.js'
import { afterAnnouncing, afterFailure, afterHint, afterListing, afterSuccess } from './node-addresses.js'
import { MAX_ERROR_LENGTH } from './peer-limits.js'

/** Weight of the newest round trip: one that a short overload delayed does not make a node look far away. */
const RTT_WEIGHT = 0.25

/** An interaction that went well; it makes the node healthy at once. */
export interface Answer {
  /** Unix ms. */
  readonly now: number
  readonly rttMs?: number | undefined
  /** The address at which it answered a dial of ours. */
  readonly dialled?: string | undefined
}

export const answered = (node: Node, { now, rttMs, dialled }: Answer): Node =>
  changed(node, {
    failures: 0,
    unanswered: 0,
    lastError: undefined,
    lastErrorKind: undefined,
    lastSuccess: now,
    ...(rttMs !== undefined && { rttMs: smoothed(node.rttMs, rttMs) }),
    ...(dialled !== undefined && { addresses: afterSuccess(node.addresses, dialled, now), hinted: [] })
  })

/** It sent us a message of its own, no answer: the connection works. */
export const heard = (node: Node): Node => (node.unanswered === 0 ? node : changed(node, { unanswered: 0 }))

/** An interaction failed; whether that counts against the node is judged later. @param kind of a dial */
export const unanswered = (node: Node, error: string, isConnected: boolean, kind?: DialFailure): Node =>
  changed(node, {
    lastError: error.slice(0, MAX_ERROR_LENGTH),
    lastErrorKind: kind,
    unanswered: node.unanswered + 1,
    ...(!isConnected && { addresses: afterFailure(node.addresses), hinted: afterFailure(node.hinted) })
  })

/** Failures that count against it. */
export const failed = (node: Node, times: number): Node => changed(node, { failures: node.failures + times })

/** It brought a signature of this SP. */
export const claimed = (node: Node, sp: SpAddress): Node => changed(node, { sp, standing: 'claimed', proven: false })

/** It brought a valid approval of an ask of ours. */
export const proved = (node: Node): Node => changed(node, { proven: true })

/** Tied to its SP, it answered a dial of ours. */
export const verified = (node: Node): Node => changed(node, { standing: 'verified', proven: false })

/** List or pin tie it to this SP. @param hasSlot a verified node stays so where its new SP has a slot for it */
export function tied(node: Node, sp: SpAddress, addresses: readonly string[], hasSlot: () => boolean): Node {
  const next = named(node, addresses)
  if (next.sp === sp) return next.tied ? next : changed(next, { tied: true })
  const standing = next.standing === 'verified' && hasSlot() ? 'verified' : 'hint'
  return changed(next, { sp, standing, proven: false, tied: true })
}

/** Nothing ties it to an SP any more. */
export const untied = (node: Node): Node => (node.tied ? changed(node, { tied: false }) : node)

/** Its SP has become open: it has shown more than one that brought an approval, but nothing ties it any more. */
export const opened = (node: Node): Node => changed(node, { standing: 'claimed', proven: true })

/** Nothing names it any more but, perhaps, our own configuration. */
export const unnamed = (node: Node, configured: readonly string[]): Node =>
  named(changed(node, { sp: undefined, standing: 'hint', proven: false, failures: 0 }), configured)

/** It lost its slot to another. A hint that has an SP is one that the list ties to it. */
export const lowered = (node: Node): Node =>
  changed(node, { sp: node.tied ? node.sp : undefined, standing: 'hint', proven: false })

/** List or configuration name these addresses; none: they say nothing about them. */
export const named = (node: Node, addresses: readonly string[]): Node =>
  addresses.length === 0 || isSame(addresses, node.named)
    ? node
    : changed(node, { addresses: afterListing(node.addresses, addresses, node.named), named: addresses })

/** Our configuration names it. */
export const configured = (node: Node): Node =>
  node.source === 'operator' || node.source === 'bootstrap' ? node : changed(node, { source: 'bootstrap' })

/** An operator added it. */
export const added = (node: Node, address: string): Node =>
  changed(announced(node, [address]), {
    source: node.source === 'bootstrap' ? 'bootstrap' : 'operator',
    named: [...node.named, address]
  })

/** It told its addresses itself. */
export const announced = (node: Node, told: readonly string[]): Node =>
  changed(node, { addresses: afterAnnouncing(node.addresses, told, node.named) })

/** Another told addresses of it. */
export const hinted = (node: Node, teller: string, told: readonly string[]): Node =>
  changed(node, { hinted: afterHint(node.hinted, teller, told) })

/** The DHT said that it belongs to this SP; the first such claim stays. */
export const saidToBeOf = (node: Node, sp: SpAddress | undefined): Node =>
  node.hintedSp !== undefined || sp === undefined ? node : changed(node, { hintedSp: sp })

const smoothed = (before: number | undefined, rttMs: number): number =>
  before === undefined ? rttMs : before + RTT_WEIGHT * (rttMs - before)

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index])
