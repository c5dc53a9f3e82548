// What a step of the demo is.

/** @typedef {import('../network.js').Network} Network */
/** @typedef {import('../node.js').Node} Node */
/**
 * @typedef {object} Table for people only
 * @property {string} caption
 * @property {readonly string[][]} rows the first one is the heading
 */
/** @typedef {{ detail: string, table: Table }} Outcome */
/**
 * @typedef {object} Step
 * @property {string} name as in the JSON output
 * @property {string} title what happens, in a few words
 * @property {string} why what it is good for
 * @property {(network: Network) => Promise<string | Outcome>} run resolves with the figures; throws when it is not as it
 *   must be
 */

/** Something is not as the story tells it. `node` is the one whose log may say why. */
export class StepError extends Error {
  /** @param {string} message @param {Node} [node] */
  constructor(message, node) {
    super(message)
    this.name = 'StepError'
    this.node = node
  }
}

/** @param {unknown} holds @param {string} message @param {Node} [node] @returns {asserts holds} */
export function expect(holds, message, node) {
  if (!holds) throw new StepError(message, node)
}

/** @param {number} ms */
export const seconds = ms => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
