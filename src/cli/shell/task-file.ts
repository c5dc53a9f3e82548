import { readFileSync, statSync } from 'node:fs'
import { messageOf } from '../../errors.js'
import { UsageError } from './fail.js'

/** A task has at most 64 KiB on the wire; its JSON is some times longer. */
const MAX_FILE_BYTES = 256 * 1024

/** A task in proto3 JSON. Its fields are checked by the daemon. @throws UsageError */
export function readTaskFile(file: string): Record<string, unknown> {
  const refuse = (got: string): never => {
    throw new UsageError(`${file}: expected a task in proto3 JSON, got ${got}`)
  }
  let text: string
  try {
    const { size } = statSync(file)
    if (size > MAX_FILE_BYTES) return refuse(`${size} bytes, at most ${MAX_FILE_BYTES} are taken`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return refuse(missing ? 'no such file' : messageOf(error))
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('a text that is not JSON')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return refuse('no JSON object')
  return value as Record<string, unknown>
}
