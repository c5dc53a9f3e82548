import type { HttpServer } from '../../../kit/http/schema-type.js'
import { toJson } from '../../../kit/json.js'
import type { ApiContext } from '../context.js'
import { notOffered } from '../context.js'
import { problems } from '../schemas/common.js'
import { BootstrapSchema, ConfigSchema, NodeSchema, ResourcesSchema } from '../schemas/node.js'
import { nodeView, scopeView } from '../views/node-view.js'

export function nodeRoutes(api: HttpServer, { module, config }: ApiContext): void {
  api.get(
    '/node',
    {
      schema: {
        operationId: 'getNode',
        tags: ['node'],
        summary: 'Who we are and how we fare',
        response: { 200: NodeSchema, ...problems() }
      }
    },
    () => nodeView(module.overview())
  )
  api.get(
    '/config',
    {
      schema: {
        operationId: 'getConfig',
        tags: ['node'],
        summary: 'The effective configuration with secrets masked',
        response: { 200: ConfigSchema, ...problems(501) }
      }
    },
    () => {
      if (config === undefined) throw notOffered('config', 'the configuration')
      return toJson(config()) as Record<string, unknown>
    }
  )
  api.get(
    '/bootstrap',
    {
      schema: {
        operationId: 'getBootstrap',
        tags: ['node'],
        summary: 'Entries that point a newcomer at us: configured ones and our own live addresses',
        response: { 200: BootstrapSchema, ...problems() }
      }
    },
    () => ({ nodes: module.handleQueryBootstrap() })
  )
  api.get(
    '/resources',
    {
      schema: {
        operationId: 'getResources',
        tags: ['node'],
        summary: 'What is reserved, scope by scope, and the limits',
        response: { 200: ResourcesSchema, ...problems() }
      }
    },
    () => ({ scopes: module.resources().map(scopeView) })
  )
}
