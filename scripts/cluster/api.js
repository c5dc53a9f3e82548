// A node's HTTP API, as any other program would use it.
import { readFileSync } from 'node:fs'

/** Longest answer of a node that works, ms. */
const REQUEST_TIMEOUT_MS = 5_000

/**
 * @param {{ httpUrl: string, tokenFile: string }} node @param {string} path below /api/v1
 * @param {{ method?: string, body?: unknown, timeoutMs?: number }} [options]
 */
export async function request({ httpUrl, tokenFile }, path, { method = 'GET', body, timeoutMs } = {}) {
  const response = await fetch(new URL(`/api/v1${path}`, httpUrl), {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs ?? REQUEST_TIMEOUT_MS)
  })
  const value = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${value.detail ?? value.title ?? ''}`)
  return value
}

/**
 * Samples of one metric as label text → value, e.g. `{decision="error",code="UNKNOWN_SP"}` → 1.
 * @param {{ metricsUrl: string }} node @param {string} name @returns {Promise<Map<string, number>>}
 */
export async function metric({ metricsUrl }, name) {
  const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
  const samples = new Map()
  for (const line of (await response.text()).split('\n')) {
    const [, metricName, labels = '', value] = /^([a-z_]+)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (metricName === name) samples.set(labels, Number(value))
  }
  return samples
}
