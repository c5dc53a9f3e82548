import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { readSpAddress } from '../parse.js'
import { problems } from '../schemas/common.js'
import { DoctorQuery, DoctorSchema } from '../schemas/doctor.js'
import { doctorView } from '../views/peer-view.js'

export function doctorRoutes(api: HttpServer, { module, minSps, drained }: ApiContext): void {
  api.get(
    '/doctor',
    {
      schema: {
        operationId: 'getDoctor',
        tags: ['node'],
        summary: 'What is wrong with this node, or with the way to one SP, in plain words, and what to do',
        description: 'Looks up names and tries our own addresses: it may take some seconds.',
        querystring: DoctorQuery,
        response: { 200: DoctorSchema, ...problems(400) }
      }
    },
    async request => {
      const { sp } = request.query
      const about = sp === undefined ? {} : { sp: readSpAddress('query.sp', sp) }
      const signal = AbortSignal.any([drained, request.signal])
      return doctorView(await module.diagnose({ ...about, min: minSps, signal }))
    }
  )
}
