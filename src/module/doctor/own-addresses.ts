import { connect, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPrivateIp } from '../../protocols/addresses/private.js'
import type { OwnReachability } from '../../protocols/host/host.js'
import type { NameFacts, OwnAddressFacts } from './facts.js'
import { nameOf } from './names.js'

/** Own addresses that are checked; a host has a few. */
const MAX_ADDRESSES = 16

/** What this machine can find out about our own addresses. */
export async function probeOwnAddresses(
  addresses: readonly string[],
  names: ReadonlyMap<string, NameFacts>,
  told: readonly OwnReachability[],
  signal: AbortSignal
): Promise<readonly OwnAddressFacts[]> {
  const interfaces = new Set(
    Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(entry => entry.address))
  )
  return Promise.all(
    addresses.slice(0, MAX_ADDRESSES).map(async address => {
      const [, , host = '', , port = ''] = address.split('/')
      const named = nameOf(address)
      const name = named === undefined ? undefined : names.get(named)
      const ips = named === undefined ? [host] : name?.ok === true ? name.ips : []
      const verdict = told.find(entry => entry.address === address)
      return {
        address,
        reach: reachOf(ips),
        name,
        connects: ips.length === 0 ? 'untried' : (await connects(ips[0] ?? host, Number(port), signal)) ? 'yes' : 'no',
        local: ips.some(ip => interfaces.has(ip)),
        dialledBack: verdict?.verdict ?? 'unknown',
        reason: verdict?.reason
      } satisfies OwnAddressFacts
    })
  )
}

function reachOf(ips: readonly string[]): OwnAddressFacts['reach'] {
  if (ips.length === 0) return 'unknown'
  if (ips.every(isLoopback)) return 'loopback'
  return ips.every(isPrivateIp) ? 'private' : 'public'
}

const isLoopback = (ip: string): boolean => (isIPv4(ip) ? ip.startsWith('127.') : ip === '::1')

/** Whether a TCP connection can be opened; it is closed at once. */
async function connects(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || !Number.isInteger(port) || port < 1 || port > 65_535) return false
  const socket = connect({ host, port, signal })
  const connected = await new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return connected
}
