/**
 * Looks at a node in plain words: what is wrong, and what to do about it. Facts are gathered at one moment (`gather.ts`),
 * the checks are pure functions of them.
 */
import { requireSpAddress } from '../../codec/address.js'
import type { DiagnoseOptions, Finding } from '../../contract.js'
import { type DoctorInit, gatherSelf, gatherSps } from './gather.js'
import { checkSelf } from './self-checks.js'
import { checkSp, checkUnreachable } from './sp-checks.js'

/** Distinct SPs an ask needs unless its caller says otherwise. */
const DEFAULT_MIN = 6
/** SPs that cannot be reached and are named one by one. */
const NAMED_SPS = 16

/** @throws InvalidArgumentError */
export async function diagnose(
  init: DoctorInit,
  { sp, min = DEFAULT_MIN, signal }: DiagnoseOptions = {}
): Promise<readonly Finding[]> {
  if (sp !== undefined) {
    const ways = await gatherSps(init.parts, signal, [requireSpAddress('sp', sp)])
    return ways.flatMap(checkSp)
  }
  const [self, others] = await Promise.all([gatherSelf(init, min, signal), gatherSps(init.parts, signal)])
  return [...checkSelf(self), ...checkUnreachable(others, NAMED_SPS)]
}
