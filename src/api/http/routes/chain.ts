import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { ChainStatusSchema } from '../schemas/node.js'
import { operation } from './operation.js'

export function chainRoutes(api: HttpServer, { module }: ApiContext): void {
  const answer = { answers: { 200: ChainStatusSchema }, problems: [501, 503] } as const
  api.post(
    '/chain/confirm-list',
    operation('chain', 'confirmList', 'Take an SP list that is held back', answer),
    () => {
      module.confirmList()
      return module.overview().chain
    }
  )
  api.post('/chain/reset-height', operation('chain', 'resetHeight', 'Believe the next height', answer), () => {
    module.resetHeight()
    return module.overview().chain
  })
}
