import fastify, { type RouteOptions } from 'fastify'
import type { HttpServer } from '../../kit/http/schema-type.js'
import { schemaController } from '../../kit/http/server.js'

type Json = Record<string, unknown>

/** Records the routes registered from now on. @returns what describes them as an OpenAPI 3.1 document */
export function describeRoutes(api: HttpServer, version: string): () => Promise<Json> {
  const routes: RouteOptions[] = []
  api.addHook('onRoute', route => {
    routes.push(route)
  })
  let document: Promise<Json> | undefined
  return () => {
    document ??= documentOf(routes, version)
    return document
  }
}

/** Built at the first request, since few ask for it, on a server of its own that has the same routes and never listens. */
async function documentOf(routes: readonly RouteOptions[], version: string): Promise<Json> {
  const { default: swagger } = await import('@fastify/swagger')
  const server = fastify({ exposeHeadRoutes: false, schemaController })
  await server.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'sp-approval',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0 OR MIT', identifier: 'Apache-2.0 OR MIT' }
      },
      // Relative to this document's address: the node that gave it.
      servers: [{ url: '/', description: 'This node' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'health', description: 'For supervisors' },
        { name: 'node', description: 'This node: state, configuration, resources, events' },
        { name: 'peers', description: 'Other SPs and their nodes' },
        { name: 'asks', description: 'Asking for approvals, and checking them' },
        { name: 'tasks', description: 'Running and finished asks by sub-key' },
        { name: 'grants', description: 'Approvals we gave' },
        { name: 'policy', description: 'How we decide' },
        { name: 'chain', description: "The operator's ways out when list or height are held back" }
      ]
    },
    transformObject: document => ('openapiObject' in document ? nameComponents(document.openapiObject as Json) : {})
  })
  for (const route of routes) server.route(route)
  await server.ready()
  return { ...server.swagger() }
}

const DESCRIPTION = [
  'Replicate-piece approvals between storage providers.',
  'Every route needs the bearer token but /-/healthy, /-/ready and this document. Keys contain slashes and colons and',
  'travel percent-encoded in one path segment. Integers of 64 bits and more are decimal strings, bytes are base64, tasks are proto3 JSON.',
  'Every error is application/problem+json (RFC 9457): also 404 for an unknown route and 405 for a wrong method.'
].join(' ')

/** Every schema with a title becomes a component of that name, and its uses become references. */
function nameComponents(document: Json): Json {
  const components: Record<string, Json> = {}
  const visit = (value: unknown, inSchema: boolean): unknown => {
    if (Array.isArray(value)) return value.map(entry => visit(entry, inSchema))
    if (value === null || typeof value !== 'object') return value
    const object = Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, visit(entry, inSchema || name === 'schema')])
    )
    if (object.description === 'Default Response') object.description = 'As asked for'
    if (!inSchema || typeof object.title !== 'string') return object
    const { title, ...schema } = object
    components[title] = schema
    return { $ref: `#/components/schemas/${title}` }
  }
  const { paths, components: declared, ...rest } = document
  const named = visit(paths, false)
  return { ...rest, paths: named, components: { ...(declared as Json), schemas: sorted(components) } }
}

const sorted = (record: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
