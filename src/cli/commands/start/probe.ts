import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { parseHostPort, showHostPort } from '../../../config/index.js'
import { LifecycleError, messageOf, type Service, type SpApproval } from '../../../index.js'

interface ProbeInit {
  readonly module: Pick<SpApproval, 'overview'>
  /** HOST:PORT. */
  readonly address: string
  readonly minSps: number
}

export interface ProbeServer extends Service {
  /** `undefined` while it does not listen. */
  readonly url: string | undefined
}

/** `/-/healthy` and `/-/ready` on an address of their own: figures only, so no token is asked for. */
export function probeServer({ module, address, minSps }: ProbeInit): ProbeServer {
  let server: Server | undefined
  return {
    name: 'probe',
    get url() {
      const bound = server?.address()
      if (bound === null || typeof bound !== 'object') return undefined
      return `http://${showHostPort({ host: bound.address, port: bound.port })}`
    },
    async start() {
      const { host, port } = parseHostPort(address) ?? { host: '127.0.0.1', port: 0 }
      server = createServer((request, response) => {
        if (request.url === '/-/healthy') return answer(response, 200, { healthy: true })
        if (request.url !== '/-/ready') return answer(response, 404, { error: 'expected /-/healthy or /-/ready' })
        const { state, height, spsReachable } = module.overview()
        const ready = state === 'started' && height !== undefined && spsReachable >= minSps
        answer(response, ready ? 200 : 503, {
          ready,
          state,
          height: height?.toString() ?? null,
          spsReachable,
          min: minSps
        })
      })
      try {
        await once(server.listen(port, host), 'listening')
      } catch (cause) {
        throw new LifecycleError(`probe: expected to listen on ${address}, got ${messageOf(cause)}`, { cause })
      }
    },
    async stop() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      closing.close()
      closing.closeAllConnections()
      await once(closing, 'close')
    }
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
