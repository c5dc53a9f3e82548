import t, { type Test } from 'tap'
import type { Finding } from '../../../src/contract.js'
import type { Height } from '../../../src/domain/brands.js'
import type { Facts } from '../../../src/module/doctor/facts.js'
import { checkSelf } from '../../../src/module/doctor/self-checks.js'
import { facts, own, PEER, SELF, sp, view } from './facts.js'

interface Case {
  readonly change: Partial<Facts>
  readonly check: string
  readonly verdict: Finding['verdict']
  readonly what: RegExp
  readonly todo: RegExp
}

const chain = (change: Partial<Facts['chain']>): Facts['chain'] => ({ ...facts().chain, ...change })
const entry = facts().entry as NonNullable<Facts['entry']>

const CASES: Readonly<Record<string, Case>> = {
  'no SP list': {
    change: { sps: undefined, entry: undefined, chain: chain({ alarm: 'coordinator http://c: ECONNREFUSED' }) },
    check: 'sp-list',
    verdict: 'fail',
    what: /no SP list that can be trusted: coordinator http:\/\/c: ECONNREFUSED/,
    todo: /\[Chain\]/
  },
  'no height': {
    change: { chain: chain({ height: undefined }) },
    check: 'height',
    verdict: 'fail',
    what: /nothing is asked or granted: no reading of it succeeded yet/,
    todo: /\[Chain\]/
  },
  'a reading that is refused': {
    change: { alarms: [{ kind: 'sp-list', message: 'providers.toml: the list is empty, held back', since: 0 }] },
    check: 'alarm',
    verdict: 'warn',
    what: /held back \(since 1970-01-01T00:00:00\.000Z\)/,
    todo: /docs\/OPERATING\.md .*"sp-list"/
  },
  "a clock that is not the coordinator's": {
    change: {
      chain: chain({ alarm: "state.time: the coordinator's clock and ours: expected at most 30 s apart, got -45 s" })
    },
    check: 'clock',
    verdict: 'fail',
    what: /too far apart: .*-45 s/,
    todo: /timedatectl/
  },
  'asks of others that all look stale': {
    change: { asks: { decided: 10, stale: 9 } },
    check: 'clock',
    verdict: 'warn',
    what: /9 of 10 asks of others since the start were more than 600 s away from our clock: ours/,
    todo: /timedatectl/
  },
  'an SP that is not listed': {
    change: { entry: undefined },
    check: 'listed',
    verdict: 'fail',
    what: new RegExp(`this SP, ${SELF}, is not on the list`),
    todo: /providers\.toml/
  },
  'an SP that is jailed': {
    change: { entry: { ...entry, status: 'IN_JAILED' } },
    check: 'listed',
    verdict: 'fail',
    what: /listed with the status IN_JAILED/,
    todo: /IN_SERVICE/
  },
  'a key of somebody else': {
    change: { signing: { ok: true, by: sp().operatorAddress } },
    check: 'key',
    verdict: 'fail',
    what: /our signatures are those of 0x7099.*, and this SP is 0xf39F/,
    todo: /OperatorPrivateKeyFile/
  },
  'a signer that fails': {
    change: { signing: { ok: false, error: 'signer: connection refused' } },
    check: 'key',
    verdict: 'fail',
    what: /signing failed: signer: connection refused/,
    todo: /signer/
  },
  'an entry that names other peer ids': {
    change: { entry: { ...entry, nodes: [{ peerId: '16Uiu2HAother' as never, addresses: [] }] } },
    check: 'peer-id',
    verdict: 'fail',
    what: /names 1 other peer id and not ours, 16Uiu2/,
    todo: /replaceNodes\(\)/
  },
  'an own network that is down': {
    change: { reachable: 0, sps: facts().sps?.map(one => ({ ...one, connected: 0 })) },
    check: 'own-network',
    verdict: 'fail',
    what: /none of 7 SPs whose nodes we know can be reached: likelier our own network/,
    todo: /firewall for outgoing/
  },
  'a bootstrap entry with another peer id': {
    change: { configured: [view({ sp: undefined, source: 'bootstrap', lastErrorKind: 'wrong-peer', lastError: 'x' })] },
    check: 'bootstrap',
    verdict: 'warn',
    what: /of P2PBootstrap: another peer id answers there: \/dns4\/sp1/,
    todo: /ask the SP for its peer id/
  },
  'a block that was forgotten': {
    change: { blocked: [PEER] },
    check: 'blocked',
    verdict: 'warn',
    what: /16Uiu2\w+ is blocked: it is neither dialled nor let in/,
    todo: /unblockPeer\(16Uiu2/
  },
  'too few SPs reachable': {
    change: { reachable: 5 },
    check: 'reachable',
    verdict: 'fail',
    what: /^5 other SPs reachable and an ask needs 6$/,
    todo: /sps\(\)/
  },
  'too few SPs listed': {
    change: { reachable: 1, sps: facts().sps?.slice(0, 3) },
    check: 'reachable',
    verdict: 'fail',
    what: /^1 other SP reachable and an ask needs 6: the list has 2 others/,
    todo: /more SPs have to join/
  },
  'a damaged store': {
    change: { store: { state: 'damaged', reason: 'the journal is corrupt', until: 99n as Height } },
    check: 'store',
    verdict: 'fail',
    what: /nothing is granted until height 99: the journal is corrupt/,
    todo: /acceptLoss\(\)/
  },
  'an edit of the policy that is refused': {
    change: { policyAlarm: 'policy.toml:3: expected a size' },
    check: 'policy',
    verdict: 'warn',
    what: /not in force: policy\.toml:3/,
    todo: /correct the policy/
  },
  'no address': {
    change: { addresses: [] },
    check: 'own-address',
    verdict: 'fail',
    what: /no address/,
    todo: /P2PAntAddress/
  },
  'an announced name that does not resolve': {
    change: {
      addresses: [
        own({ address: '/dns4/sp0.example.com/tcp/1', reach: 'unknown', name: { ok: false, error: 'ENOTFOUND' } })
      ]
    },
    check: 'own-address',
    verdict: 'fail',
    what: /we announce \/dns4\/sp0\.example\.com\/tcp\/1, and that name does not resolve \(ENOTFOUND\)/,
    todo: /DNS/
  },
  'an address that nobody could dial back': {
    change: { addresses: [own({ dialledBack: 'unreachable', reason: 'tried from 2 networks' })] },
    check: 'own-address',
    verdict: 'fail',
    what: /could not dial us back at \/ip4\/5\.5\.5\.5\/tcp\/9933 \(tried from 2 networks\)/,
    todo: /firewall/
  },
  'an own address at which nothing listens': {
    change: { addresses: [own({ connects: 'no' })] },
    check: 'own-address',
    verdict: 'fail',
    what: /nothing listens at our own address/,
    todo: /P2PAddress/
  },
  'a private address of no interface': {
    change: { allowPrivate: true, addresses: [own({ reach: 'private', local: false, connects: 'no' })] },
    check: 'own-address',
    verdict: 'warn',
    what: /belongs to no interface of this machine/,
    todo: /P2PAntAddress/
  },
  'private addresses where others are outside': {
    change: { addresses: [own({ address: '/ip4/10.0.0.1/tcp/1', reach: 'private' })] },
    check: 'own-address',
    verdict: 'fail',
    what: /all our addresses are private \(\/ip4\/10\.0\.0\.1\/tcp\/1\): nobody outside can dial them/,
    todo: /AllowPrivate = true/
  },
  'a private network from which nobody came': {
    change: { allowPrivate: true, inbound: 0, addresses: [own({ reach: 'loopback' })] },
    check: 'own-address',
    verdict: 'warn',
    what: /only processes of this machine can dial us, and nobody is asked to dial back; 0 connections/,
    todo: /another SP's machine/
  },
  'a public address that nobody tried': {
    change: { inbound: 0, addresses: [own()] },
    check: 'own-address',
    verdict: 'warn',
    what: /no node has dialled us back at .*, nor did any connect/,
    todo: /firewall/
  },
  'a public address that nobody tried, beside one that nobody was told of': {
    change: { inbound: 0, addresses: [own({ address: '/ip4/127.0.0.1/tcp/9933', reach: 'loopback' }), own()] },
    check: 'own-address',
    verdict: 'warn',
    what: /no node has dialled us back at \/ip4\/5\.5\.5\.5\/tcp\/9933, nor/,
    todo: /firewall/
  }
}

const isHelpful = (t: Test, { check, verdict, what, todo }: Finding): void => {
  t.match(check, /^[a-z-]+$/)
  t.notMatch(what, /undefined|\[object|\n/, `${check}: ${what}`)
  if (verdict === 'ok') t.equal(todo, undefined)
  else t.match(todo, /\w/, `${check} says what to do`)
}

t.test('a sound node has nothing to do', async t => {
  const findings = checkSelf(facts())
  t.strictSame(
    findings.filter(({ verdict }) => verdict !== 'ok'),
    []
  )
  t.match(findings, [{ check: 'sp-list', what: '8 SPs on the list of static' }])
  for (const finding of findings) isHelpful(t, finding)
})

t.test('each fault is found, named in plain words, and alone', async t => {
  for (const [name, { change, check, verdict, what, todo }] of Object.entries(CASES)) {
    const findings = checkSelf(facts(change))
    const found = findings.find(finding => finding.check === check && finding.verdict === verdict)
    t.match(found, { what, todo }, name)
    for (const finding of findings) isHelpful(t, finding)
    const failed = findings.filter(finding => finding.verdict === 'fail').map(finding => finding.check)
    const follow = name === 'an own network that is down' ? ['reachable'] : []
    t.strictSame(failed.sort(), [...(verdict === 'fail' ? [check] : []), ...follow].sort(), `${name}: nothing else`)
  }
})

t.test('what speaks for an address is believed where nobody dialled back', async t => {
  const seen = checkSelf(facts({ addresses: [own()], inbound: 2 })).find(({ check }) => check === 'own-address')
  t.match(seen, { verdict: 'ok', what: /no node dialled back yet .*, but 2 connections came from others/ })
  const lan = facts({ allowPrivate: true, inbound: 1, addresses: [own({ reach: 'private' })] })
  t.match(
    checkSelf(lan).find(({ check }) => check === 'own-address'),
    { verdict: 'ok', what: /only machines of the same network can dial us.*; 1 connection came/ }
  )
})

t.test('a module that is not started is told to start, and its key, store and policy are looked at', async t => {
  const findings = checkSelf(facts({ state: 'stopped', peerId: undefined, addresses: [] }))
  t.strictSame(
    findings.map(({ check }) => check),
    ['running', 'key', 'store', 'policy']
  )
  t.match(findings[0], { verdict: 'fail', what: 'the module is stopped' })
})
