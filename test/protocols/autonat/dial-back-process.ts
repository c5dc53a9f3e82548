/**
 * Three hosts with public addresses on the loopback interface of a network namespace. The first listens where it says, the
 * second announces a port at which nobody listens, the third a name. Prints what each found of itself as JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { createKey } from '../../../src/index.js'
import { nodeHost } from '../../../src/module/node-host.js'
import type { P2PHost } from '../../../src/protocols/host/host.js'

const [, , firstIp = '', secondIp = '', thirdIp = '', thirdName = ''] = process.argv
const GIVE_UP_MS = 90_000
const PORT = 9_001
const WRONG_PORT = 9_002

const doors = [
  nodeHost({ nodeKey: createKey(), listen: [`/ip4/${firstIp}/tcp/${PORT}`] }),
  nodeHost({
    nodeKey: createKey(),
    listen: [`/ip4/${secondIp}/tcp/${PORT}`],
    announce: [`/ip4/${secondIp}/tcp/${WRONG_PORT}`]
  }),
  nodeHost({
    nodeKey: createKey(),
    listen: [`/ip4/${thirdIp}/tcp/${PORT}`],
    announce: [`/dns4/${thirdName}/tcp/${PORT}`]
  })
]
const hosts = await Promise.all(doors.map(door => door.open()))
const [first, second, third] = hosts as [P2PHost, P2PHost, P2PHost]
const before = first.addresses().map(String)
const connection = await first.connect(second.peerId, [multiaddr(`/ip4/${secondIp}/tcp/${PORT}`)], {
  signal: AbortSignal.timeout(GIVE_UP_MS)
})
await second.connect(third.peerId, [multiaddr(`/dns4/${thirdName}/tcp/${PORT}`)], {
  signal: AbortSignal.timeout(GIVE_UP_MS)
})
const decided = (host: P2PHost): boolean => host.reachability?.().every(({ verdict }) => verdict !== 'unknown') === true
const end = performance.now() + GIVE_UP_MS
while (!hosts.every(decided) && performance.now() < end) await sleep(20)
// Connections of the dial backs end by themselves.
const open = (): number => hosts.reduce((sum, host) => sum + host.connections().length, 0)
while (open() > 4 && performance.now() < end) await sleep(20)
const after = first.addresses().map(address => address.toString().replace(/\/p2p\/.*/, ''))
const report = {
  before,
  after,
  found: hosts.map(host => host.reachability?.()),
  connection: connection.status,
  connections: hosts.map(host => host.connections().length)
}
process.stdout.write(`${JSON.stringify(report)}\n`)
await Promise.all(doors.map((door, index) => door.close(hosts[index] as P2PHost)))
