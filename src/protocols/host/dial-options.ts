import type { DialOptions } from '@libp2p/interface'
import type { ConnectOptions } from './host.js'

/** `ConnectOptions` in libp2p's words. */
export const dialOptions = ({
  signal,
  anew = false,
  onReached
}: ConnectOptions): DialOptions & { readonly signal: AbortSignal } => ({
  signal,
  force: anew,
  ...(onReached !== undefined && {
    onProgress: ({ type }) => {
      if (type === 'upgrader:encrypt-outbound-connection') onReached()
    }
  })
})
