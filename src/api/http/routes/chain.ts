import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { notOffered } from '../context.js'
import { problems } from '../schemas/common.js'
import { ChainStatusSchema } from '../schemas/node.js'
import { chainView } from '../views/node-view.js'

export function chainRoutes(api: HttpServer, { module, admin }: ApiContext): void {
  const hook = (
    path: string,
    operationId: string,
    summary: string,
    call: (() => void | Promise<void>) | undefined
  ): void => {
    api.post(
      path,
      {
        schema: {
          operationId,
          tags: ['chain'],
          summary,
          response: { 200: ChainStatusSchema, ...problems(501, 503) }
        }
      },
      async () => {
        if (call === undefined) throw notOffered(path.slice(1), 'a chain connector that can do it')
        await call()
        return chainView(module.overview().chain)
      }
    )
  }
  hook('/chain/confirm-list', 'confirmList', 'Take an SP list that is held back', admin.confirmList)
  hook('/chain/reset-height', 'resetHeight', 'Believe the next height', admin.resetHeight)
}
