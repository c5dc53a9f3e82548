import { UnreachableError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import {
  AddPeerBody,
  PeerBlockSchema,
  PeerParams,
  PeerRemovedSchema,
  PingQuery,
  PingReportSchema
} from '../schemas/peer-actions.js'
import { PeerSchema } from '../schemas/peers.js'
import { peerView } from '../views/peer-view.js'
import { operation } from './operation.js'
import { pingSeveral } from './pings.js'

/** What an operator does with nodes. */
export function peerActionRoutes(api: HttpServer, { module, clock, drained }: ApiContext): void {
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
