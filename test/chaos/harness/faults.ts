/**
 * Faults on the way: TCP connections of this process to chosen ports are refused or lost without a word, as by a network
 * that fell apart. It sits where a socket connects, so it needs no rights and works everywhere.
 */
import { Socket } from 'node:net'
import type { ServiceFactoryMap } from 'libp2p'

/** How often, and for whom, this process opened a TCP connection. */
export interface DialRecord {
  /** The node that dialled, where its host {@link dialsAs} it. */
  readonly node: string | undefined
  readonly port: number
  /** Unix ms, by the clock that was given. */
  readonly at: number
}

/** Whose transport is opening a socket in this very turn. */
let dialling: string | undefined
const lost = new Set<number>()
const dials: DialRecord[] = []
/** Open outbound sockets and the ports they lead to. */
const outbound = new Map<Socket, number>()
let installed = false
let counted = 0

/**
 * A libp2p service that makes its host dial under this name. All dials of a host come through here, and the transport
 * opens the socket before it first waits; so none is told by who woke whom, which goes astray where sockets are shared.
 */
export function dialsAs(node: string): ServiceFactoryMap[string] {
  return ({ transportManager }) => {
    const dial = transportManager.dial.bind(transportManager)
    transportManager.dial = (...args) => {
      dialling = node
      try {
        return dial(...args)
      } finally {
        dialling = undefined
      }
    }
    return {}
  }
}

/** Counts dials from now on and lets {@link cutOff} work. Never taken back: it ends with the process. */
export function watchDials(now: () => number): void {
  if (installed) return
  installed = true
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const port = portOf(args)
    if (port === undefined) return connect.apply(this, args as Parameters<typeof connect>)
    counted++
    dials.push({ node: dialling, port, at: now() })
    // A lost SYN: nothing happens until whoever dials has had enough.
    if (lost.has(port)) return this
    outbound.set(this, port)
    this.once('close', () => outbound.delete(this))
    return connect.apply(this, args as Parameters<typeof connect>)
  } as typeof connect
}

/** `net.connect` hands over its arguments as one list. */
function portOf(args: readonly unknown[]): number | undefined {
  const [first] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  const port = Object(first) === first ? (first as { port?: unknown }).port : first
  return port === undefined ? undefined : Number(port)
}

/**
 * From now on nothing gets through to these ports: new connections find nobody, and those that are open fall silent or,
 * where a firewall on the way tells both ends, are reset.
 */
export function cutOff(ports: readonly number[], open: 'silence' | 'reset' | 'some of both'): void {
  for (const port of ports) lost.add(port)
  let index = 0
  for (const [socket, port] of [...outbound]) {
    if (!lost.has(port)) continue
    if (open === 'reset' || (open === 'some of both' && index++ % 2 === 0)) socket.resetAndDestroy()
    else silence(socket)
  }
}

/**
 * The way is free again for new connections. Those that fell silent stay so, as where a firewall on the way has forgotten
 * them: whoever still holds one has to notice.
 */
export function rejoin(): void {
  lost.clear()
}

function silence(socket: Socket): void {
  Object.assign(socket, {
    push: () => true,
    _write: (_chunk: unknown, _encoding: unknown, done: () => void) => done(),
    _writev: (_chunks: unknown, done: () => void) => done()
  })
}

/** How many there were in all. */
export const dialsSoFar = (): number => counted

/** The dials since the last call. */
export const takeDials = (): DialRecord[] => dials.splice(0)

/** Whatever this process does from now on takes it `stallMs` longer: it answers, late. */
export function slowDown(stallMs: number): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  const stall = (): void => {
    Atomics.wait(sleeper, 0, 0, stallMs)
    setTimeout(stall, WORK_MS)
  }
  setTimeout(stall, WORK_MS)
}

/** Between two stalls. */
const WORK_MS = 50
