import { InvalidArgumentError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { PeerParams } from '../schemas/peer-actions.js'
import { PeerPageSchema, PeerQuery, PeerSchema } from '../schemas/peers.js'
import { peerView } from '../views/peer-view.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'

const DEFAULT_PAGE = 100

export function peerRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/peers',
    operation('peers', 'listPeers', 'Known nodes, ordered by peer id, page by page', {
      querystring: PeerQuery,
      answers: { 200: PeerPageSchema },
      problems: [400]
    }),
    request => {
      const { sp, state, limit = DEFAULT_PAGE, cursor } = request.query
      const after = cursor === undefined ? '' : readCursor(cursor)
      const filter = sp === undefined ? {} : { sp: readSpAddress('query.sp', sp) }
      const matching = module
        .peers(filter)
        .filter(peer => state === undefined || peer.state === state)
        .toSorted((a, b) => (a.peerId < b.peerId ? -1 : 1))
      const rest = matching.filter(peer => peer.peerId > after)
      const page = rest.slice(0, limit)
      const last = page.at(-1)
      const self = module.overview().peerId
      return {
        peers: page.map(peer => peerView(peer, self)),
        total: matching.length,
        nextCursor: last === undefined || rest.length <= limit ? null : writeCursor(last.peerId)
      }
    }
  )
  api.get(
    '/peers/:id',
    operation('peers', 'getPeer', 'One node: its SP, standing, addresses, and how it fared', {
      params: PeerParams,
      answers: { 200: PeerSchema },
      problems: [400, 404]
    }),
    request => peerView(module.peer(request.params.id), module.overview().peerId)
  )
}

/** The last peer id of a page, wrapped so that nobody builds one. */
const writeCursor = (peerId: string): string => Buffer.from(`after:${peerId}`).toString('base64url')

function readCursor(cursor: string): string {
  const match = /^after:(\w+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (match?.[1] === undefined) throw new InvalidArgumentError('query.cursor', 'a nextCursor of this route', cursor)
  return match[1]
}
