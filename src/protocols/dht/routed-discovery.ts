import type { ContentRouting } from '@libp2p/interface'
import type { PeerIdString } from '../../domain/brands.js'
import type { HintedNode } from '../../peers/index.js'
import { usableAddresses } from '../addresses/usable.js'
import type { Discovery } from '../host/host.js'
import { MAX_ADDRESSES, spKey } from './protocol.js'

/** Provider records by the content routing of a borrowed host; where it has none, each call fails and is logged. */
export const routedDiscovery = (routing: ContentRouting, allowPrivate: boolean): Discovery => ({
  provide: async (sp, { signal }) => routing.provide(await spKey(sp), { signal }),
  async *find(sp, { signal }): AsyncGenerator<readonly HintedNode[]> {
    for await (const { id, multiaddrs } of routing.findProviders(await spKey(sp), { signal })) {
      const addresses = usableAddresses(multiaddrs, { allowPrivate, max: MAX_ADDRESSES })
      if (addresses.length > 0) yield [{ peerId: id.toString() as PeerIdString, addresses, sp }]
    }
  },
  known: () => []
})
