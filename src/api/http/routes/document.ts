import { type HttpServer, Type } from '../../../kit/http/schema-type.js'
import { operation } from './operation.js'

const DocumentSchema = Type.Object({}, { title: 'OpenApiDocument', additionalProperties: true })

export function documentRoute(api: HttpServer, document: () => Promise<Record<string, unknown>>): void {
  api.get(
    '/openapi.json',
    operation('node', 'getOpenApi', 'This document', { answers: { 200: DocumentSchema }, always: [401, 403] }),
    document
  )
}
