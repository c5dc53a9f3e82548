import type { HttpServer } from '../../../kit/http/schema-type.js'
import { type ApiContext, notOffered } from '../context.js'
import { operation } from '../operation.js'
import { ChainStatusSchema } from '../schemas/node.js'

export function chainRoutes(api: HttpServer, { module, admin }: ApiContext): void {
  const hook = (path: string, id: string, summary: string, call: (() => void | Promise<void>) | undefined): void => {
    api.post(
      path,
      operation('chain', id, summary, { answers: { 200: ChainStatusSchema }, problems: [501, 503] }),
      async () => {
        if (call === undefined) throw notOffered(path.slice(1), 'a chain connector that can do it')
        await call()
        return module.overview().chain
      }
    )
  }
  hook('/chain/confirm-list', 'confirmList', 'Take an SP list that is held back', admin.confirmList)
  hook('/chain/reset-height', 'resetHeight', 'Believe the next height', admin.resetHeight)
}
