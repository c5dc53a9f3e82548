// The story of `npm run demo`, in order. 8 SPs: sp0 asks, seven others answer.
import { askForSix, cannotReach, queryRunning, twoSilent } from './asking.js'
import { coordinatorDown, crash, unlisted } from './failing.js'
import { start, stop } from './life.js'

export const STORY_SPS = 8

/** @type {readonly import('./step.js').Step[]} */
export const STORY = [start, askForSix, queryRunning, crash, twoSilent, cannotReach, unlisted, coordinatorDown, stop]
