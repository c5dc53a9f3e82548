import { HttpError } from './problem.js'
import type { HttpServer } from './schema-type.js'

/** Methods of one path, and whether it answers without a token. */
interface RouteMethods {
  readonly methods: Set<string>
  readonly isPublic: boolean
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Records the routes registered from now on. @returns what makes every other method of their paths answer 405 */
export function allowOnlyRoutes(server: HttpServer): () => void {
  const routes = new Map<string, RouteMethods>()
  let watching = true
  server.addHook('onRoute', ({ url, method, config }) => {
    if (!watching) return
    const known = routes.get(url) ?? { methods: new Set<string>(), isPublic: config?.public === true }
    for (const name of [method].flat()) known.methods.add(name)
    routes.set(url, known)
  })
  return () => {
    watching = false
    for (const [url, { methods, isPublic }] of routes) {
      const allow = [...methods].sort().join(', ')
      server.route({
        method: METHODS.filter(name => !methods.has(name)),
        url,
        config: { public: isPublic },
        schema: { hide: true },
        exposeHeadRoute: false,
        // Before the body is read: its content does not change the answer.
        preParsing: async ({ method }, reply) => {
          reply.header('allow', allow)
          throw new HttpError(405, 'ERR_METHOD_NOT_ALLOWED', `${method} ${url}: expected ${allow}, got ${method}`)
        },
        handler: async () => undefined
      })
    }
  }
}
