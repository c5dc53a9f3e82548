import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { DoctorQuery, DoctorSchema } from '../schemas/doctor.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'

export function doctorRoutes(api: HttpServer, { module, minSps, drained }: ApiContext): void {
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
