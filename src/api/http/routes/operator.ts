import { NotFoundError, NotOfferedError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import { levelsOf } from '../../../logger.js'
import type { ApiContext } from '../context.js'
import { ChainStatusSchema, LogLevelSchema, LogQuery, SetLogLevelBody } from '../schemas/node.js'
import { operation } from './operation.js'

/** Changes that an operator makes to a running node: held-back list and height, log level. */
export function operatorRoutes(api: HttpServer, { module, log }: ApiContext): void {
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
  const levels = (component?: string): ReturnType<typeof levelsOf> => {
    if (log === undefined) throw new NotOfferedError('log level', 'a log whose level can be set')
    const found = levelsOf(log, component)
    if (found.length === 0) throw new NotFoundError('log component', component ?? '')
    return found
  }
  api.get(
    '/log/level',
    operation('node', 'getLogLevel', 'The level of the log or of a component', {
      querystring: LogQuery,
      answers: { 200: LogLevelSchema },
      problems: [400, 404, 501]
    }),
    ({ query: { component } }) => ({ level: levels(component)[0]?.level ?? '' })
  )
  api.put(
    '/log/level',
    operation('node', 'setLogLevel', 'Set the level of the log or of a component until the next start', {
      body: SetLogLevelBody,
      answers: { 200: LogLevelSchema },
      problems: [400, 404, 413, 415, 501]
    }),
    ({ body: { level, component } }) => {
      for (const logger of levels(component)) logger.level = level
      return { level }
    }
  )
}
