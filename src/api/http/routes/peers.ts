import { InvalidArgumentError, type PeerRecord, UnreachableError } from '../../../index.js'
import type { HttpServer, Static } from '../../../kit/http/schema-type.js'
import type { Viewable } from '../../../kit/http/view.js'
import type { ApiContext } from '../context.js'
import {
  AddPeerBody,
  PeerBlockSchema,
  PeerPageSchema,
  PeerParams,
  PeerQuery,
  PeerRemovedSchema,
  PeerSchema,
  PingQuery,
  PingReportSchema
} from '../schemas/peers.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'
import { pingSeveral } from './pings.js'

const DEFAULT_PAGE = 100

export function peerRoutes(api: HttpServer, { module, clock, drained }: ApiContext): void {
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
  api.post(
    '/peers',
    operation('peers', 'addPeer', 'Take a node into the book and dial it; kept until it is removed', {
      body: AddPeerBody,
      answers: { 201: PeerSchema },
      problems: [400, 413, 415, 503]
    }),
    async (request, reply) => {
      const peer = await module.addPeer(request.body.entry)
      return reply
        .code(201)
        .header('location', `/api/v1/peers/${peer.peerId}`)
        .send(peerView(peer, module.overview().peerId))
    }
  )
  api.delete(
    '/peers/:id',
    operation('peers', 'removePeer', 'Forget a node; one that SP list, pin or configuration name comes back', {
      params: PeerParams,
      answers: { 200: PeerRemovedSchema },
      problems: [400, 404]
    }),
    async request => {
      const { peerId } = module.peer(request.params.id)
      await module.removePeer(peerId)
      return { peerId, removed: true as const, named: module.peers().some(peer => peer.peerId === peerId) }
    }
  )
  api.post(
    '/peers/:id/ping',
    operation('peers', 'pingPeer', 'Ping a node now; the round trip in ms', {
      description: 'Pings of 0.0.1: the node answers with a signed pong. 503 when none came.',
      params: PeerParams,
      querystring: PingQuery,
      answers: { 200: PingReportSchema },
      problems: [400, 404, 503]
    }),
    async request => {
      const { peerId } = module.peer(request.params.id)
      const pings = await pingSeveral({
        ping: signal => module.pingPeer(peerId, { signal }),
        count: request.query.count ?? 1,
        clock,
        signals: [drained, request.signal]
      })
      const received = pings.filter(ping => ping.rttMs !== null).length
      if (received === 0) throw new UnreachableError(pings.at(-1)?.error ?? `ping ${peerId}: stopped`)
      return { peerId, sent: pings.length, received, pings }
    }
  )
  const block = { params: PeerParams, answers: { 200: PeerBlockSchema } }
  api.put(
    '/peers/:id/block',
    operation('peers', 'blockPeer', 'Neither dial the node nor let it in, restarts included', {
      ...block,
      problems: [400, 503]
    }),
    async request => {
      await module.blockPeer(request.params.id)
      return { peerId: request.params.id, blocked: true }
    }
  )
  api.delete(
    '/peers/:id/block',
    operation('peers', 'unblockPeer', 'Lift the block', { ...block, problems: [400, 404, 503] }),
    async request => {
      await module.unblockPeer(request.params.id)
      return { peerId: request.params.id, blocked: false }
    }
  )
}

/** @param self our own peer id while we run */
const peerView = (peer: PeerRecord, self: string | undefined): Viewable<Static<typeof PeerSchema>> => ({
  ...peer,
  self: peer.peerId === self,
  addresses: peer.addresses.map(({ address }) => address),
  addressDetails: peer.addresses
})

/** The last peer id of a page, encoded so that clients treat it as opaque. */
const writeCursor = (peerId: string): string => Buffer.from(`after:${peerId}`).toString('base64url')

function readCursor(cursor: string): string {
  const match = /^after:(\w+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (match?.[1] === undefined) throw new InvalidArgumentError('query.cursor', 'a nextCursor of this route', cursor)
  return match[1]
}
