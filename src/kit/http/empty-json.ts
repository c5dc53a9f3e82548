import { HttpError } from './problem.js'
import type { HttpServer } from './schema-type.js'

/** Some clients set the JSON content type with empty bodies too; such a body counts as none. */
export function acceptEmptyJson(server: HttpServer): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString()
    if (text.trim() === '') return done(null, undefined)
    return parse(request, text, (error, value) => (error === null ? done(null, value) : done(notJson(text, error))))
  })
}

function notJson(text: string, cause: unknown): HttpError {
  const got = isJson(text) ? 'an object with a __proto__ or constructor member' : 'text that is none'
  return new HttpError(400, 'ERR_BAD_REQUEST', `body: expected JSON, got ${got}`, { cause })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
