import { type Grant, NotFoundError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { KeyParams } from '../schemas/common.js'
import { AcceptLossBody, GrantListSchema, GrantQuery, GrantSchema, GrantSummarySchema } from '../schemas/grants.js'
import { NodeSchema } from '../schemas/node.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'

const DEFAULT_LIMIT = 1_000

export function grantRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/grants',
    operation('grants', 'listGrants', 'Approvals we gave', {
      querystring: GrantQuery,
      answers: { 200: GrantListSchema },
      problems: [400]
    }),
    async request => {
      const { asker, state, limit = DEFAULT_LIMIT } = request.query
      const grants = await module.grants({
        ...(asker !== undefined && { asker: readSpAddress('query.asker', asker) }),
        ...(state !== undefined && { state })
      })
      return { grants: grants.slice(0, limit).map(grantView), total: grants.length }
    }
  )
  api.get(
    '/grants/:key',
    operation('grants', 'getGrant', 'One grant with the bytes of our answer', {
      params: KeyParams,
      answers: { 200: GrantSchema },
      problems: [400, 404]
    }),
    async request => {
      const { key } = request.params
      const grant = (await module.grants()).find(entry => entry.key === key)
      if (grant === undefined) throw new NotFoundError('grant', key)
      return grantView(grant)
    }
  )
  const change = { params: KeyParams, answers: { 200: GrantSummarySchema }, problems: [400, 404, 503] } as const
  api.post(
    '/grants/:key/release',
    operation('grants', 'releaseGrant', "Give a grant's capacity back", change),
    async request => grantView(await module.releaseGrant(request.params.key))
  )
  api.post(
    '/grants/:key/consume',
    operation('grants', 'consumeGrant', 'The pieces have come: the reservation becomes stored data', change),
    async request => grantView(await module.consume(request.params.key))
  )
  api.post(
    '/grants/reset',
    operation('grants', 'resetGrants', 'Accept that promises of a damaged grant store are lost, and grant again', {
      body: AcceptLossBody,
      answers: { 200: NodeSchema },
      problems: [400, 413, 415, 503]
    }),
    async () => {
      await module.acceptLoss()
      return module.overview()
    }
  )
}

/** The nonce of a 0.0.1 ask is its create time. */
export const grantView = (grant: Grant) => ({ ...grant, createTime: grant.nonce })
