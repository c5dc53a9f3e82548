import type { Command } from 'commander'
import type { PeerPageView, PeerRemovedView, PeerView, PingReportView } from '../../api/http/index.js'
import type { DaemonClient } from '../shell/client.js'
import { type DaemonCommand, daemonCommand, queryOf } from '../shell/daemon-command.js'
import type { DaemonOptions } from '../shell/options.js'
import { agoText, print, printPairs } from '../shell/output.js'
import { integerOption } from '../shell/parse.js'

interface LsOptions extends DaemonOptions {
  readonly sp?: string
  readonly state?: string
}

interface PingOptions extends DaemonOptions {
  readonly count: string
}

/** Time that one ping may take. */
const PING_MS = 5_000
/** Between two pings. */
const PAUSE_MS = 1_000
const MAX_PINGS = 10

const HEAD = ['PEER', 'SP', 'STATE', 'CONNECTED', 'RTT', 'SEEN', 'FAILURES', 'ADDRESS']

export function registerPeers(program: Command): void {
  const peers = program.command('peers').description('nodes of storage providers')
  daemonCommand<{ readonly peers: readonly PeerView[] }, LsOptions>(peers, {
    name: 'ls',
    description: 'list known nodes',
    options: [
      ['--sp <address>', 'only those of this SP'],
      ['--state <state>', 'only those in this state: hint, claimed, verified, failing or zombie']
    ],
    request: async (client, options) => ({ peers: await allPeers(client, options) }),
    show: { head: HEAD, rows: answer => answer.peers.map(row), empty: 'no such peers' }
  })
  const ofOne = <T, O extends DaemonOptions = DaemonOptions>(spec: Omit<DaemonCommand<T, O>, 'argument'>): void =>
    daemonCommand<T, O>(peers, { argument: ['<id>', 'peer id'], ...spec })
  ofOne<PeerView>({
    name: 'show',
    description: 'show one node with all its addresses',
    request: (client, _options, id) => client.get(pathOf(id)),
    show: showPeer
  })
  daemonCommand<PeerView>(peers, {
    name: 'add',
    argument: ['<entry>', 'PEERID@HOST:PORT'],
    description: 'take a node into the book and dial it',
    request: (client, _options, entry) => client.post('/api/v1/peers', { entry }),
    show: ({ peerId }) =>
      print(`added ${peerId}: it is dialled now; sp-approval peers show ${peerId} tells how that went`)
  })
  ofOne<PeerRemovedView>({
    name: 'rm',
    description: 'forget a node; one that the SP list or the configuration names comes back',
    request: (client, _options, id) => client.send('DELETE', pathOf(id)),
    show: ({ named }, _options, id) =>
      print(
        named
          ? `${id} is forgotten and known anew: the SP list or the configuration names it (sp-approval peers block keeps it out)`
          : `removed ${id}`
      )
  })
  ofOne<PingReportView, PingOptions>({
    name: 'ping',
    description: 'ping a node now; exit code 3 when no pong comes',
    options: [['-n, --count <n>', 'pings, one a second, 1 to 10', '1']],
    waiting: 'pinging',
    check: countOf,
    request: (client, options, id) => {
      const count = countOf(options)
      const timeoutMs = count * (PING_MS + PAUSE_MS) + PING_MS
      return client.send('POST', `${pathOf(id)}/ping?count=${count}`, { timeoutMs })
    },
    show: showPings
  })
  ofOne({
    name: 'block',
    description: 'neither dial a node nor let it in, restarts included',
    request: (client, _options, id) => client.send('PUT', `${pathOf(id)}/block`),
    show: (_answer, _options, id) => print(`blocked ${id}`)
  })
  ofOne({
    name: 'unblock',
    description: 'lift the block',
    request: (client, _options, id) => client.send('DELETE', `${pathOf(id)}/block`),
    show: (_answer, _options, id) => print(`unblocked ${id}`)
  })
}

const countOf = ({ count }: PingOptions): number => integerOption('--count', count, 1, MAX_PINGS)

function showPeer(peer: PeerView): void {
  printPairs([
    ['peer', peer.peerId],
    ['SP', peer.sp ?? 'unknown'],
    ['state', `${stateText(peer)} (${standingText(peer)})`],
    ['connected', connectedText(peer)],
    ['known from', `${peer.source}, ${agoText(peer.firstSeen)}`],
    ['last seen', agoText(peer.lastSuccess)],
    ['round trip', rttText(peer.rttMs)],
    ['failures', `${peer.failures} in a row${peer.lastError === null ? '' : `: ${peer.lastError}`}`],
    ...(peer.dial === undefined ? [] : [['next dial', dialText(peer.dial)] as const]),
    ...peer.addressDetails.map(
      ({ address, lastSuccess }, index) =>
        [
          index === 0 ? 'addresses' : '',
          `${address}${lastSuccess === null ? ', never answered a dial' : `, answered ${agoText(lastSuccess)}`}`
        ] as const
    )
  ])
}

const dialText = ({ state, reason, nextTryMs }: NonNullable<PeerView['dial']>): string => {
  const when = nextTryMs === null ? '' : ` for another ${Math.ceil(nextTryMs / 1_000)} s`
  return `${state === 'not-planned' ? 'none' : state}, ${reason}${when}`
}

function showPings(report: PingReportView): void {
  for (const { rttMs, error } of report.pings) print(rttMs === null ? `no pong: ${error}` : rttText(rttMs))
  if (report.sent > 1) print(`${report.received} of ${report.sent} answered, ${spread(report)}`)
}

const pathOf = (id: string): string => `/api/v1/peers/${encodeURIComponent(id)}`

const stateText = ({ state, blocked }: PeerView): string => (blocked ? `${state}, blocked` : state)

const standingText = ({ standing, tied, proven, self }: PeerView): string => {
  if (self) return 'this node'
  if (standing === 'hint') return tied ? 'named for its SP, not dialled yet' : 'only heard of'
  if (standing === 'verified') return 'tied to its SP, and it answered our dial'
  return proven
    ? 'its SP signed, and an approval of it was good'
    : "it brought its SP's signature, which can be replayed"
}

const connectedText = ({ self, connected }: PeerView): string => (self ? 'self' : connected ? 'yes' : 'no')

const rttText = (rttMs: number | null): string => (rttMs === null ? '-' : `${rttMs.toFixed(1)}ms`)

const spread = ({ pings }: PingReportView): string => {
  const times = pings.flatMap(({ rttMs }) => rttMs ?? [])
  const average = times.reduce((sum, time) => sum + time, 0) / times.length
  return `min ${rttText(Math.min(...times))}, average ${rttText(average)}, max ${rttText(Math.max(...times))}`
}

const row = (peer: PeerView): string[] => [
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
async function allPeers(client: DaemonClient, { sp, state }: LsOptions): Promise<PeerView[]> {
  const found: PeerView[] = []
  for (let cursor: string | undefined; ; ) {
    const page: PeerPageView = await client.get(`/api/v1/peers${queryOf({ limit: 1000, sp, state, cursor })}`)
    found.push(...page.peers)
    if (page.nextCursor === null) return found
    cursor = page.nextCursor
  }
}
