import type { Finding } from './contract.js'
import { spsReachable } from './overview.js'
import type { Parts } from './parts.js'

/** Looks at this node in plain words. */
export async function diagnose(parts: Parts): Promise<readonly Finding[]> {
  const reachable = spsReachable(parts)
  return [
    reachable > 0
      ? { check: 'sps', verdict: 'ok', what: `${reachable} other SPs are reachable` }
      : {
          check: 'sps',
          verdict: 'fail',
          what: 'no other SP is reachable',
          todo: 'see `sps ls` and `doctor SP` for each of them'
        }
  ]
}
