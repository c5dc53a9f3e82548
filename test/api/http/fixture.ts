/** A node with its HTTP API, and a client that shows everything an answer has. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { createHttpApi, type HttpApi, type HttpApiInit } from '../../../src/api/http/index.js'
import type { PolicyFunction, SpApproval } from '../../../src/index.js'
import { createTestNetwork, type TestNetwork } from '../../../src/testing/index.js'

export const TOKEN = 'a-token-of-the-tests-0123456789abcdef'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body; an empty object where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Call {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, a string as it is. */
  readonly body?: unknown
}

export type Client = (method: string, path: string, call?: Call) => Promise<Answer>

export const clientOf =
  (url: () => string): Client =>
  (method, path, { token = TOKEN, headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url())
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
      const request = httpRequest(
        {
          host: hostname.replace(/[[\]]/g, ''),
          port,
          method,
          path,
          agent: false,
          headers: {
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers
          }
        },
        response => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString()
            const isJson = /json/.test(response.headers['content-type'] ?? '') && answer !== ''
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: answer,
              body: isJson ? (JSON.parse(answer) as Record<string, unknown>) : {}
            })
          })
        }
      )
      request.on('error', reject)
      request.end(text)
    })

/** Holds every SP's decision back until told, so that an ask stays running. */
export class Gate {
  #open = Promise.resolve()
  #release = (): void => undefined

  close(): void {
    this.#open = new Promise(resolve => {
      this.#release = resolve
    })
  }

  open(): void {
    this.#release()
  }

  readonly policy: PolicyFunction = async () => {
    await this.#open
    return undefined
  }
}

export interface Fixture {
  readonly network: TestNetwork
  readonly module: SpApproval
  readonly api: HttpApi
  readonly call: Client
  readonly gate: Gate
  stop(): Promise<void>
}

/** `n` SPs; the first one has the API. */
export async function startFixture(n: number, init: Partial<HttpApiInit> = {}): Promise<Fixture> {
  const gate = new Gate()
  const network = await createTestNetwork(n, { options: () => ({ policy: [gate.policy] }) })
  const [module] = network.modules
  if (module === undefined) throw new RangeError('expected at least one SP')
  const api = createHttpApi({ module, address: '127.0.0.1:0', token: TOKEN, minSps: n - 1, ...init })
  await api.start()
  return {
    network,
    module,
    api,
    call: clientOf(() => api.url),
    gate,
    async stop() {
      gate.open()
      await api.stop()
      await network.stop()
    }
  }
}

let objects = 1_000
/** An object nobody asked for yet. */
export const newObject = (): { bucket: string; object: string; id: string; payloadSize: string } => {
  const id = String(++objects)
  return { bucket: 'photos', object: `2025/a b/${id}.jpg`, id, payloadSize: '1MiB' }
}

export const keyOf = ({ bucket, object, id }: ReturnType<typeof newObject>): string =>
  `ReplicatePieceApproval-bucket:${bucket}-object:${object}-id:${id}`

export const inPath = (key: string): string => encodeURIComponent(key)
