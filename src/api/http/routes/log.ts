import { NotOfferedError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { operation } from '../operation.js'
import { LogLevelSchema, SetLogLevelBody } from '../schemas/node.js'

export function logRoutes(api: HttpServer, { log }: ApiContext): void {
  const control = (): NonNullable<typeof log> => {
    if (log === undefined) throw new NotOfferedError('log level', 'a log whose level can be set')
    return log
  }
  api.get(
    '/log/level',
    operation('node', 'getLogLevel', 'The level of the log', { answers: { 200: LogLevelSchema }, problems: [501] }),
    () => ({ level: control().level })
  )
  api.put(
    '/log/level',
    operation('node', 'setLogLevel', 'Set the level of the log until the next start', {
      body: SetLogLevelBody,
      answers: { 200: LogLevelSchema },
      problems: [400, 413, 415, 501]
    }),
    ({ body: { level } }) => {
      control().level = level
      return { level }
    }
  )
}
