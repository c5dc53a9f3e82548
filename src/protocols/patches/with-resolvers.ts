/**
 * Upstream: libp2p 3.3.11, `createLibp2p`: calls `Promise.withResolvers` on every connection and brings no replacement
 * for Node 20, which lacks it; each dial ends in ECONNRESET.
 *
 * This module defines it. Import it before libp2p wherever libp2p is imported.
 */
interface Resolvers<T> {
  promise: Promise<T>
  resolve: (value: T | PromiseLike<T>) => void
  reject: (reason?: unknown) => void
}

const target = Promise as unknown as { withResolvers?: <T>() => Resolvers<T> }

target.withResolvers ??= function withResolvers<T>(): Resolvers<T> {
  let resolve: Resolvers<T>['resolve'] = () => undefined
  let reject: Resolvers<T>['reject'] = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
