import { type HttpServer, Type } from '../../../kit/http/schema-type.js'
import { operation } from './operation.js'

const DocumentSchema = Type.Object({}, { title: 'OpenApiDocument', additionalProperties: true })

export function documentRoute(api: HttpServer, document: () => Promise<Record<string, unknown>>): void {
  api.get(
    '/openapi.json',
    {
      // Generators of clients read it; it is the same for every node of this version.
      config: { public: true },
      ...operation('node', 'getOpenApi', 'This document; needs no token', {
        security: [],
        answers: { 200: DocumentSchema },
        always: [403]
      })
    },
    document
  )
}
