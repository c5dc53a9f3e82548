import { InvalidArgumentError, NotFoundError } from '../../../index.js'
import type { Api, ApiContext } from '../context.js'
import { readSpAddress } from '../parse.js'
import { problems } from '../schemas/common.js'
import { PeerPageSchema, PeerQuery, SpListSchema, SpParams, SpSchema } from '../schemas/peers.js'
import { peerView, spView } from '../views/node-view.js'

const DEFAULT_PAGE = 100

export function peerRoutes(api: Api, { module }: ApiContext): void {
  api.get(
    '/peers',
    {
      schema: {
        operationId: 'listPeers',
        tags: ['peers'],
        summary: 'Known nodes, ordered by peer id, page by page',
        querystring: PeerQuery,
        response: { 200: PeerPageSchema, ...problems(400) }
      }
    },
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
      return {
        peers: page.map(peerView),
        total: matching.length,
        nextCursor: last === undefined || rest.length <= limit ? null : writeCursor(last.peerId)
      }
    }
  )
  api.get(
    '/sps',
    {
      schema: {
        operationId: 'listSps',
        tags: ['peers'],
        summary: 'Every SP of the list, whether it is reachable and how many of its nodes are known',
        response: { 200: SpListSchema, ...problems(503) }
      }
    },
    () => ({ sps: module.sps().map(spView) })
  )
  api.get(
    '/sps/:address',
    {
      schema: {
        operationId: 'getSp',
        tags: ['peers'],
        summary: 'One SP',
        params: SpParams,
        response: { 200: SpSchema, ...problems(400, 404, 503) }
      }
    },
    request => {
      const address = readSpAddress('path.address', request.params.address)
      const sp = module.sps().find(entry => entry.operatorAddress === address)
      if (sp === undefined) throw new NotFoundError('sp', address)
      return spView(sp)
    }
  )
}

/** The last peer id of a page, wrapped so that nobody builds one. */
const writeCursor = (peerId: string): string => Buffer.from(`after:${peerId}`).toString('base64url')

function readCursor(cursor: string): string {
  const match = /^after:(\w+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (match?.[1] === undefined) throw new InvalidArgumentError('query.cursor', 'a nextCursor of this route', cursor)
  return match[1]
}
