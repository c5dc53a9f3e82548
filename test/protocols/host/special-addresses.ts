import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { peerIdOf } from '../../../src/identity/keys.js'

/** The peer that records name. */
export const PEER = peerIdFromString(peerIdOf(new Uint8Array(32).fill(7)))
/** What a resolver answers for a name: IP addresses, and TXT records. */
export const names = new Map<string, readonly string[]>()
export const records = new Map<string, readonly string[]>()

const SPECIAL_V4 = [
  [0x00, 8],
  [0x0a, 8],
  [0x64400000, 10],
  [0x7f, 8],
  [0xa9fe, 16],
  [0xac100000, 12],
  [0xc0a8, 16],
  [0xc00002, 24],
  [0xc6336400 / 256, 24],
  [0xcb0071, 24],
  [0xe0000000, 4],
  [0xf0000000, 4]
] as const
/** A random address of a range, as a number. */
const v4 = fc.tuple(fc.constantFrom(...SPECIAL_V4), fc.nat({ max: 0xffff_ffff })).map(([[prefix, bits], random]) => {
  const base = prefix < 2 ** bits && bits % 8 === 0 ? prefix * 2 ** (32 - bits) : prefix
  return base + (random % 2 ** (32 - bits))
})
const bytesOf = (ip: number): number[] => [24, 16, 8, 0].map(shift => Math.floor(ip / 2 ** shift) % 256)
const hex = (ip: number, at: number): string =>
  Math.floor(ip / 2 ** at)
    .toString(16)
    .slice(-4)
const dotted = (ip: number): string => bytesOf(ip).join('.')
const groups = (ip: number): string => `${hex(ip, 16)}:${hex(ip % 65_536, 0)}`

/** Addresses in IPv6's form: those that hold an IPv4 address, and those that are not public themselves. */
const v6 = fc
  .tuple(v4, fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }))
  .chain(([ip, a, b]) =>
    fc.constantFrom(
      '::',
      '::1',
      `::ffff:${dotted(ip)}`,
      `::ffff:${groups(ip)}`,
      `0:0:0:0:0:ffff:${groups(ip)}`,
      `::${groups(ip)}`,
      `::ffff:0:${groups(ip)}`,
      `64:ff9b::${groups(ip)}`,
      `64:ff9b:1::${groups(ip)}`,
      `2002:${groups(ip)}::1`,
      `2001:0:${groups(ip)}::1`,
      `fe80::${a.toString(16)}:${b.toString(16)}`,
      `fec0::${a.toString(16)}`,
      `fc00::${a.toString(16)}`,
      `fd${(a % 256).toString(16).padStart(2, '0')}::${b.toString(16)}`,
      `ff0${(a % 16).toString(16)}::${b.toString(16)}`,
      `2001:db8::${a.toString(16)}`,
      `3fff:0fff::${a.toString(16)}`,
      `100::${a.toString(16)}`,
      `4000::${a.toString(16)}`
    )
  )

const octal = (byte: number): string => `0${byte.toString(8)}`
/** Ways to write an IPv4 address that a system's resolver understands. */
const numericName = v4.chain(ip => {
  const [a, b, c, d] = bytesOf(ip) as [number, number, number, number]
  return fc.constantFrom(
    dotted(ip),
    `${dotted(ip)}.`,
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map(byte => `0x${byte.toString(16)}`).join('.'),
    `${ip}`,
    `0x${ip.toString(16)}`,
    `0${ip.toString(8)}`,
    `${a}.${ip % 2 ** 24}`,
    `${a}.${b}.${ip % 2 ** 16}`
  )
})
export const NAMES = ['dns', 'dns4', 'dns6']
const addressByIp = fc.oneof(
  v4.map(ip => `/ip4/${dotted(ip)}/tcp/4001`),
  v6.map(ip => `/ip6/${ip}/tcp/4001`),
  v6.map(ip => `/ip6zone/lo/ip6/${ip}/tcp/4001`)
)
const ipText = fc.oneof(v4.map(dotted), v6)
let counter = 0
const fresh = (): string => `n${counter++}.example.com`
const addressByName = fc.oneof(
  fc.tuple(fc.constantFrom(...NAMES), numericName).map(([kind, name]) => `/${kind}/${name}/tcp/4001`),
  fc.tuple(fc.constantFrom(...NAMES), v6).map(([kind, ip]) => `/${kind}/${ip}/tcp/4001`),
  fc.tuple(fc.constantFrom(...NAMES), fc.array(ipText, { minLength: 1, maxLength: 5 })).map(([kind, ips]) => {
    const name = fresh()
    names.set(name, ips)
    return `/${kind}/${name}/tcp/4001`
  })
)
const addressByRecord = fc.oneof(addressByIp, addressByName).map(told => {
  const name = fresh()
  records.set(`_dnsaddr.${name}`, [`dnsaddr=${told}/p2p/${PEER}`])
  return `/dnsaddr/${name}`
})
/** Any spelling of an address that is not public: as IP, as a name of one, by DNS and by dnsaddr records. */
export const specialAddress = fc.oneof(addressByIp, addressByName, addressByRecord).map(text => multiaddr(text))
