import { NotFoundError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { notOffered } from '../context.js'
import { readSpAddress } from '../parse.js'
import { KeyParams, problems } from '../schemas/common.js'
import { AcceptLossBody, GrantListSchema, GrantQuery, GrantSchema, GrantSummarySchema } from '../schemas/grants.js'
import { NodeSchema } from '../schemas/node.js'
import { grantSummary, grantView, nodeView } from '../views/node-view.js'

const DEFAULT_LIMIT = 1_000

export function grantRoutes(api: HttpServer, { module, admin }: ApiContext): void {
  api.get(
    '/grants',
    {
      schema: {
        operationId: 'listGrants',
        tags: ['grants'],
        summary: 'Approvals we gave',
        querystring: GrantQuery,
        response: { 200: GrantListSchema, ...problems(400) }
      }
    },
    async request => {
      const { asker, state, limit = DEFAULT_LIMIT } = request.query
      const grants = await module.grants({
        ...(asker === undefined ? {} : { asker: readSpAddress('query.asker', asker) }),
        ...(state === undefined ? {} : { state })
      })
      return { grants: grants.slice(0, limit).map(grantSummary), total: grants.length }
    }
  )
  api.get(
    '/grants/:key',
    {
      schema: {
        operationId: 'getGrant',
        tags: ['grants'],
        summary: 'One grant with the bytes of our answer',
        params: KeyParams,
        response: { 200: GrantSchema, ...problems(400, 404) }
      }
    },
    async request => {
      const { key } = request.params
      const grant = (await module.grants()).find(entry => entry.key === key)
      if (grant === undefined) throw new NotFoundError('grant', key)
      return grantView(grant)
    }
  )
  api.post(
    '/grants/:key/release',
    {
      schema: {
        operationId: 'releaseGrant',
        tags: ['grants'],
        summary: "Give a grant's capacity back",
        params: KeyParams,
        response: { 200: GrantSummarySchema, ...problems(400, 404, 503) }
      }
    },
    async request => grantSummary(await module.releaseGrant(request.params.key))
  )
  api.post(
    '/grants/:key/consume',
    {
      schema: {
        operationId: 'consumeGrant',
        tags: ['grants'],
        summary: 'The pieces have come: the reservation becomes stored data',
        params: KeyParams,
        response: { 200: GrantSummarySchema, ...problems(400, 404, 503) }
      }
    },
    async request => grantSummary(await module.consume({ key: request.params.key }))
  )
  api.post(
    '/grants/reset',
    {
      schema: {
        operationId: 'resetGrants',
        tags: ['grants'],
        summary: 'Accept that promises of a damaged grant store are lost, and grant again',
        body: AcceptLossBody,
        response: { 200: NodeSchema, ...problems(400, 413, 415, 501, 503) }
      }
    },
    async () => {
      if (admin.acceptLoss === undefined) throw notOffered('grants reset', 'a grant store of its own')
      await admin.acceptLoss()
      return nodeView(module.overview())
    }
  )
}
