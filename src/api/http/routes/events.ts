import { InvalidArgumentError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { EVENT_NAMES, EventDataSchema, EventQuery } from '../schemas/events.js'
import { operation } from './operation.js'

export function eventRoutes(api: HttpServer, { events }: ApiContext): void {
  api.get(
    '/events',
    {
      exposeHeadRoute: false,
      ...operation('node', 'streamEvents', 'Every typed event of the module as server-sent events', {
        description:
          `Event names: ${EVENT_NAMES.join(', ')}. A client that comes back with Last-Event-ID gets what it missed; ` +
          '`stream:gap` tells when that is no longer kept. A client that does not read is let go.',
        querystring: EventQuery,
        answers: {
          200: { description: 'An endless stream', content: { 'text/event-stream': { schema: EventDataSchema } } }
        },
        problems: [400, 503],
        always: [401, 403]
      })
    },
    (request, reply) => {
      const types = readTypes(request.query.types)
      events.requireRoom()
      reply.hijack()
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': request.id,
        // Nothing follows on this connection, so that stopping need not wait for the client.
        connection: 'close'
      })
      const last = request.headers['last-event-id']
      events.attach(reply.raw, types, typeof last === 'string' ? last : undefined)
    }
  )
}

function readTypes(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').map(name => name.trim())
  const known: readonly string[] = EVENT_NAMES
  const wrong = names.find(name => !known.includes(name))
  if (wrong !== undefined) throw new InvalidArgumentError('query.types', `names of ${known.join(', ')}`, wrong)
  return new Set(names)
}
