import type { HttpServer } from '../../../kit/http/schema-type.js'
import { Type } from '../../../kit/http/schema-type.js'
import { onlyProblems } from '../schemas/common.js'

const DocumentSchema = Type.Object({}, { title: 'OpenApiDocument', additionalProperties: true })

export function documentRoute(api: HttpServer, document: () => Promise<Record<string, unknown>>): void {
  api.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        tags: ['node'],
        summary: 'This document',
        response: { 200: DocumentSchema, ...onlyProblems(401, 403) }
      }
    },
    document
  )
}
