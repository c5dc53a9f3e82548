import { Type } from 'typebox'
import type { Api } from '../context.js'
import { problems } from '../schemas/common.js'

const DocumentSchema = Type.Object({}, { title: 'OpenApiDocument', additionalProperties: true })

export function documentRoute(api: Api): void {
  api.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        tags: ['node'],
        summary: 'This document',
        response: { 200: DocumentSchema, ...problems() }
      }
    },
    () => ({ ...api.swagger() }) as Record<string, unknown>
  )
}
