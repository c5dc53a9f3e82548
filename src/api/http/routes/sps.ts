import { NotFoundError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { SpListSchema, SpParams, SpSchema } from '../schemas/peers.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'

export function spRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/sps',
    operation(
      'peers',
      'listSps',
      'Every SP of the list: its nodes, whether it is reachable, and how it fared in our asks',
      { answers: { 200: SpListSchema }, problems: [503] }
    ),
    () => ({ sps: module.sps() })
  )
  api.get(
    '/sps/:address',
    operation('peers', 'getSp', 'One SP', {
      params: SpParams,
      answers: { 200: SpSchema },
      problems: [400, 404, 503]
    }),
    request => {
      const address = readSpAddress('path.address', request.params.address)
      const sp = module.sps().find(entry => entry.operatorAddress === address)
      if (sp === undefined) throw new NotFoundError('sp', address)
      return sp
    }
  )
}
