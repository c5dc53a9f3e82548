import { NotOfferedError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import { toJson } from '../../../kit/json.js'
import type { ApiContext } from '../context.js'
import {
  BootstrapSchema,
  ConfigSchema,
  DoctorQuery,
  DoctorSchema,
  NodeSchema,
  ResourcesSchema
} from '../schemas/node.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'

export function nodeRoutes(api: HttpServer, { module, config, minSps, drained }: ApiContext): void {
  api.get('/node', operation('node', 'getNode', 'Who we are and how we fare', { answers: { 200: NodeSchema } }), () =>
    module.overview()
  )
  api.get(
    '/config',
    operation('node', 'getConfig', 'The effective configuration with secrets masked', {
      answers: { 200: ConfigSchema },
      problems: [501]
    }),
    () => {
      if (config === undefined) throw new NotOfferedError('config', 'the configuration')
      return toJson(config()) as Record<string, unknown>
    }
  )
  api.get(
    '/bootstrap',
    operation(
      'node',
      'getBootstrap',
      'Entries that point a newcomer at us: configured ones and our own live addresses',
      { answers: { 200: BootstrapSchema } }
    ),
    () => ({ nodes: module.handleQueryBootstrap() })
  )
  api.get(
    '/resources',
    operation('node', 'getResources', 'What is reserved, scope by scope, and the limits', {
      answers: { 200: ResourcesSchema }
    }),
    () => ({
      scopes: module.resources().map(scope => ({ name: scope.name, limits: scope.limits, usage: scope.usage() }))
    })
  )
  api.get(
    '/doctor',
    operation(
      'node',
      'getDoctor',
      'What is wrong with this node, or with the way to one SP, in plain words, and what to do',
      {
        description: 'Looks up names and tries our own addresses: it may take some seconds.',
        querystring: DoctorQuery,
        answers: { 200: DoctorSchema },
        problems: [400]
      }
    ),
    async request => {
      const { sp } = request.query
      const about = sp === undefined ? {} : { sp: readSpAddress('query.sp', sp) }
      const signal = AbortSignal.any([drained, request.signal])
      const findings = await module.diagnose({ ...about, min: minSps, signal })
      return { ok: findings.every(({ verdict }) => verdict !== 'fail'), findings }
    }
  )
}
