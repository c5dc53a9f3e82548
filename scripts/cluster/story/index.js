// The story of `npm run demo`, in order. 8 SPs: sp0 asks, seven others answer.
import { askForSix, cannotReach, queryRunning, twoSilent } from './asking.js'
import { coordinatorDown, crash, unlisted } from './failing.js'
import { start, stop } from './life.js'
import { replacement, sibling } from './moving.js'

/** sp2 has two nodes, all others one: a process takes a second of CPU to start, and 145 MB. */
export const STORY_SIZE = { sps: 8, nodes: index => (index === 2 ? 2 : 1) }

/** @type {readonly import('./step.js').Step[]} */
export const STORY = [
  ...[start, askForSix, queryRunning, crash, twoSilent, cannotReach, unlisted, coordinatorDown],
  ...[sibling, replacement, stop]
]
