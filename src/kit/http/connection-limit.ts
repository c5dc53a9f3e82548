import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * At most `max` open connections. One too many replaces the connection that has been without a request for longest, so
 * that idle sockets cannot keep a health check out; where every other one has a request in flight, it is closed itself.
 */
export function limitConnections(server: Server, max: number): void {
  const open = new Set<Socket>()
  /** Without a request in flight, the one idle for longest first. */
  const idle = new Set<Socket>()
  const forget = (socket: Socket): void => {
    open.delete(socket)
    idle.delete(socket)
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    idle.add(socket)
    socket.once('close', () => forget(socket))
    const [longest] = idle
    if (open.size <= max || longest === undefined) return
    forget(longest)
    longest.destroy()
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket)
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket)
    })
  })
}
