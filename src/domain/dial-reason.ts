import type { PeerIdString } from './brands.js'

/** Why a node is to be dialled. */
export type DialReason = (typeof DIAL_REASONS)[number]

/** What connects an SP, or gives it its first verified node. */
const COVERING = [
  /** No node of its SP is connected. */
  'uncovered-sp',
  /** Nodes of its SP are connected, and none is verified since they only dialled us. */
  'unverified-sp',
  /** Of no known SP, named by the configuration or an operator; an SP is missing, or an open one below its target. */
  'configured',
  /** Said to be of an SP that has no node connected. */
  'hint-for-missing-sp',
  /** Of no known SP, while an SP is missing and an open one is below its target. */
  'hint'
] as const

/** What can wait. */
const SPARE = [
  /** Its SP has a connected node, and fewer than the target. */
  'sibling',
  /** Connected since it dialled us; its SP has a verified node. */
  'unverified-node',
  /** Of no known SP, while no SP is missing and an open one is below its target. */
  'further-hint'
] as const

/** Most urgent first. */
export const DIAL_REASONS = [...COVERING, ...SPARE] as const

/** Why a node is not to be dialled. */
export type NoDialReason = (typeof NO_DIAL_REASONS)[number]

export const NO_DIAL_REASONS = [
  'connected',
  /** Its SP is not sought, or names its nodes and not this one. */
  'not-sought',
  'under-way',
  'backing-off',
  'not-dialable',
  /** Its SP has as many connections as wanted, or no SP is missing that it could be of. */
  'target-reached',
  /** The host has no room for more connections. */
  'no-room'
] as const

/** Why a node is being dialled: the plan's reasons, and those of dials that no plan asked for. */
export type DialledFor = DialReason | 'ask' | 'operator' | 'partition-probe'

/** What becomes of a node's next dial. */
export interface DialStatus {
  /** *Planned*: it begins as soon as there is room. */
  readonly state: 'dialling' | 'planned' | 'not-planned'
  readonly reason: DialledFor | NoDialReason
  /** Until the end of its back-off. */
  readonly nextTryMs?: number
}

export interface PlannedDial {
  readonly peerId: PeerIdString
  readonly reason: DialReason
}

export interface LeftOut {
  readonly peerId: PeerIdString
  readonly reason: NoDialReason
}

const HINTS: readonly string[] = ['hint-for-missing-sp', 'hint', 'further-hint'] satisfies DialReason[]

/** Whether only others named the node. */
export const isHint = (reason: string): boolean => HINTS.includes(reason)

/** Whether the dial neither connects an SP nor gives it its first verified node. */
export const canWait = (reason: string): boolean => SPARE.some(spare => spare === reason)
