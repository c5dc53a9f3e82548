import { NotFoundError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { readSpAddress } from '../parse.js'
import { problems } from '../schemas/common.js'
import { SpListSchema, SpParams, SpSchema } from '../schemas/peers.js'
import { spView } from '../views/peer-view.js'

export function spRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/sps',
    {
      schema: {
        operationId: 'listSps',
        tags: ['peers'],
        summary: 'Every SP of the list: its nodes, whether it is reachable, and how it fared in our asks',
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
