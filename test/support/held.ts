import type { Test } from 'tap'
import type { ResourceScope } from '../../src/index.js'

/** What asks take is given back: only open connections hold something, each itself and one file descriptor. */
export function onlyConnectionsHeld(t: Test, scopes: readonly ResourceScope[]): void {
  for (const scope of scopes) {
    const { connsInbound, connsOutbound, conns, fds, ...work } = scope.usage()
    for (const [name, held] of Object.entries(work)) t.equal(held, 0, `${scope.name}/${name}`)
    t.equal(conns, connsInbound + connsOutbound, `${scope.name}/conns`)
    t.equal(fds, conns, `${scope.name}/fds`)
  }
}

export function nothingHeld(t: Test, scopes: readonly ResourceScope[]): void {
  for (const scope of scopes) {
    for (const [name, held] of Object.entries(scope.usage())) t.equal(held, 0, `${scope.name}/${name}`)
  }
}
