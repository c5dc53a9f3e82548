import { connect, type DaemonClient } from '../../client.js'
import type { DaemonOptions } from '../../options.js'
import { agoText, print, printJson, printPairs, printTable, spin } from '../../output.js'
import { integerOption } from '../../parse.js'
import type { LsOptions, PingOptions } from './index.js'

interface Peer {
  readonly peerId: string
  readonly sp: string | null
  readonly self: boolean
  readonly state: string
  readonly standing: string
  readonly proven: boolean
  readonly tied: boolean
  readonly blocked: boolean
  readonly source: string
  readonly connected: boolean
  readonly rttMs: number | null
  readonly firstSeen: number
  readonly lastSuccess: number | null
  readonly failures: number
  readonly lastError: string | null
  readonly addresses: readonly string[]
  readonly addressDetails: readonly { readonly address: string; readonly lastSuccess: number | null }[]
}

interface PingReport {
  readonly peerId: string
  readonly sent: number
  readonly received: number
  readonly pings: readonly { readonly rttMs: number | null; readonly error: string | null }[]
}

/** A ping may take so long; between two of them a second passes. */
const PING_MS = 5_000
const PAUSE_MS = 1_000
const MAX_PINGS = 10

const HEAD = ['PEER', 'SP', 'STATE', 'CONNECTED', 'RTT', 'SEEN', 'FAILURES', 'ADDRESS']

export async function list(options: LsOptions): Promise<void> {
  const found = await allPeers(await connect(options), options)
  if (options.json === true) return printJson({ peers: found })
  printTable(HEAD, found.map(row), 'no such peers')
}

export async function show(options: DaemonOptions, id = ''): Promise<void> {
  const peer = await (await connect(options)).get<Peer>(pathOf(id))
  if (options.json === true) return printJson(peer)
  printPairs([
    ['peer', peer.peerId],
    ['SP', peer.sp ?? 'unknown'],
    ['state', `${stateText(peer)} (${standingText(peer)})`],
    ['connected', connectedText(peer)],
    ['known from', `${peer.source}, ${agoText(peer.firstSeen)}`],
    ['last seen', agoText(peer.lastSuccess)],
    ['round trip', rttText(peer.rttMs)],
    ['failures', `${peer.failures} in a row${peer.lastError === null ? '' : `: ${peer.lastError}`}`],
    ...peer.addressDetails.map(
      ({ address, lastSuccess }, index) =>
        [
          index === 0 ? 'addresses' : '',
          `${address}${lastSuccess === null ? ', never answered a dial' : `, answered ${agoText(lastSuccess)}`}`
        ] as const
    )
  ])
}

export async function add(options: DaemonOptions, entry = ''): Promise<void> {
  const peer = await (await connect(options)).post<Peer>('/api/v1/peers', { entry })
  if (options.json === true) return printJson(peer)
  print(`added ${peer.peerId}: it is dialled now; sp-approval peers show ${peer.peerId} tells how that went`)
}

export async function remove(options: DaemonOptions, id = ''): Promise<void> {
  const answer = await (await connect(options)).send<{ named: boolean }>('DELETE', pathOf(id))
  if (options.json === true) return printJson(answer)
  print(
    answer.named
      ? `${id} is forgotten and known anew: the SP list or the configuration names it (sp-approval peers block keeps it out)`
      : `removed ${id}`
  )
}

export async function ping(options: PingOptions, id = ''): Promise<void> {
  const count = integerOption('--count', options.count, 1, MAX_PINGS)
  const client = await connect(options)
  const timeoutMs = count * (PING_MS + PAUSE_MS) + PING_MS
  const report = await spin(`pinging ${id}`, options, () =>
    client.send<PingReport>('POST', `${pathOf(id)}/ping?count=${count}`, { timeoutMs })
  )
  if (options.json === true) return printJson(report)
  for (const { rttMs, error } of report.pings) print(rttMs === null ? `no pong: ${error}` : rttText(rttMs))
  if (count > 1) print(`${report.received} of ${report.sent} answered, ${spread(report)}`)
}

export async function block(options: DaemonOptions, id = ''): Promise<void> {
  const answer = await (await connect(options)).send('PUT', `${pathOf(id)}/block`)
  if (options.json === true) printJson(answer)
  else print(`blocked ${id}`)
}

export async function unblock(options: DaemonOptions, id = ''): Promise<void> {
  const answer = await (await connect(options)).send('DELETE', `${pathOf(id)}/block`)
  if (options.json === true) printJson(answer)
  else print(`unblocked ${id}`)
}

const pathOf = (id: string): string => `/api/v1/peers/${encodeURIComponent(id)}`

const stateText = ({ state, blocked }: Peer): string => (blocked ? `${state}, blocked` : state)

const standingText = ({ standing, tied, proven, self }: Peer): string => {
  if (self) return 'this node'
  if (standing === 'hint') return tied ? 'named for its SP, not dialled yet' : 'only heard of'
  if (standing === 'verified') return 'tied to its SP, and it answered our dial'
  return proven
    ? 'its SP signed, and an approval of it was good'
    : "it brought its SP's signature, which can be replayed"
}

const connectedText = ({ self, connected }: Peer): string => (self ? 'self' : connected ? 'yes' : 'no')

const rttText = (rttMs: number | null): string => (rttMs === null ? '-' : `${rttMs.toFixed(1)}ms`)

const spread = ({ pings }: PingReport): string => {
  const times = pings.flatMap(({ rttMs }) => rttMs ?? [])
  const average = times.reduce((sum, time) => sum + time, 0) / times.length
  return `min ${rttText(Math.min(...times))}, average ${rttText(average)}, max ${rttText(Math.max(...times))}`
}

const row = (peer: Peer): string[] => [
  peer.peerId,
  peer.sp ?? '?',
  stateText(peer),
  connectedText(peer),
  rttText(peer.rttMs),
  peer.self ? '-' : agoText(peer.lastSuccess),
  `${peer.failures}`,
  peer.addresses[0] ?? '-'
]

/** Follows the pages to the end. */
async function allPeers(client: DaemonClient, { sp, state }: LsOptions): Promise<Peer[]> {
  const found: Peer[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({
      limit: '1000',
      ...(sp && { sp }),
      ...(state && { state }),
      ...(cursor && { cursor })
    })
    const page: { peers: Peer[]; nextCursor: string | null } = await client.get(`/api/v1/peers?${query}`)
    found.push(...page.peers)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}
