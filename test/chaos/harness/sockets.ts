import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Scope } from './scope.js'

/** A port on loopback that accepts connections and never says a word. */
export async function silentPort(scope: Scope, wanted = 0): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Resets are what becomes of such connections.
    socket.on('error', () => undefined)
    socket.resume()
  })
  const port = await listen(server, wanted)
  scope.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return port
}

/** A port on loopback at which nobody listens: the system gave it out and has it back. */
export async function refusingPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

async function listen(server: Server, wanted = 0): Promise<number> {
  server.listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
