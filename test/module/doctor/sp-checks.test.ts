import t from 'tap'
import { nodeTrouble } from '../../../src/module/doctor/node-trouble.js'
import { checkSp, checkUnreachable } from '../../../src/module/doctor/sp-checks.js'
import { ADDRESS, OTHER, PEER, sp, spFacts, view } from './facts.js'

t.test('the trouble of a node is told by why the last dial failed', async t => {
  const kinds = [
    ['refused', 'ECONNREFUSED', /nothing listens there/, /at which port/],
    ['timeout', 'ETIMEDOUT', /no answer/, /firewall/],
    ['wrong-peer', 'x', /another peer id answers there/, /correct the SP list/],
    ['dns', 'ENOTFOUND', /does not resolve/, /resolver/],
    ['unreachable', 'EHOSTUNREACH', /no way leads there/, /routes/],
    ['protocol', 'x', /no node of the network/, /proxy/],
    ['other', 'x', /the last dial failed/, /ask its operator/]
  ] as const
  for (const [lastErrorKind, lastError, what, todo] of kinds) {
    const trouble = nodeTrouble(view({ lastErrorKind, lastError, failures: 1 }))
    t.match(trouble, { what, todo }, lastErrorKind)
    t.match(trouble?.what, `${ADDRESS} (${lastError})`, 'with the address and what the system said')
  }
})

t.test('an error of an earlier run is understood by its text', async t => {
  const texts = [
    ['connect ECONNREFUSED 5.5.5.5:9933', /nothing listens/],
    ['no pong within 5000 ms', /no answer/],
    ['getaddrinfo ENOTFOUND sp1.example.com', /does not resolve/],
    ['expected a public address, got /ip4/10.0.0.1/tcp/1: allowPrivate is off', /no way leads there/],
    ['something new', /the last dial failed/]
  ] as const
  for (const [lastError, what] of texts) t.match(nodeTrouble(view({ lastError }))?.what, what, lastError)
})

t.test('a node is in trouble too when it is blocked, has no address, a lost name or no answer to pings', async t => {
  t.match(nodeTrouble(view({ blocked: true, connected: true })), { what: /blocked/, todo: `unblockPeer(${PEER}` })
  t.match(nodeTrouble(view({ addresses: [] })), { what: /none of its addresses/, todo: /addPeer\(/ })
  t.match(nodeTrouble(view({}, [{ name: 'sp1.example.com', error: 'ENOTFOUND' }])), {
    what: 'sp1.example.com does not resolve (ENOTFOUND)'
  })
  t.match(nodeTrouble(view({ connected: true, failures: 2, lastError: 'no pong within 5000 ms' })), {
    what: 'connected, but no pong within 5000 ms'
  })
  t.match(nodeTrouble(view()), { what: 'not dialled yet' })
  t.equal(nodeTrouble(view({ connected: true })), undefined)
})

t.test('the way to an SP: listed, in service, its nodes, its answers', async t => {
  const sound = checkSp(spFacts({ overview: sp({ fairness: { ...sp().fairness, asked: 4, answered: 3 } }) }))
  t.match(sound, [
    { check: 'sp-listed', verdict: 'ok' },
    { check: 'sp-reachable', verdict: 'ok', what: '1 of 1 known node connected' },
    { check: 'node', verdict: 'ok', what: `${PEER}: verified` },
    { check: 'sp-answers', verdict: 'ok', what: 'it answered 3 of 4 asks' }
  ])
  t.match(checkSp(spFacts({ listed: false, overview: undefined })), [{ check: 'sp-list', verdict: 'fail' }])
  t.match(checkSp(spFacts({ overview: undefined })), [
    { check: 'sp-listed', verdict: 'fail', what: `${OTHER} is not on the SP list, though 1 of the nodes` }
  ])
  t.match(checkSp(spFacts({ overview: sp({ status: 'IN_JAILED' }) }))[1], {
    check: 'sp-service',
    verdict: 'fail',
    what: 'its status is IN_JAILED: it is neither asked nor answered'
  })
  const silent = checkSp(spFacts({ overview: sp({ fairness: { ...sp().fairness, asked: 3 } }) }))
  t.match(silent.at(-1), {
    check: 'sp-answers',
    verdict: 'warn',
    what: /none of 3 asks; a 0\.0\.1 node that refuses is/
  })
  const away = checkSp(
    spFacts({ overview: sp({ reachable: false }), nodes: [view({ lastErrorKind: 'refused', lastError: 'x' })] })
  )
  t.match(away, [
    { check: 'sp-listed' },
    { check: 'sp-reachable', verdict: 'fail', what: 'none of its nodes is connected, 1 known' },
    { check: 'node', verdict: 'warn', what: /16Uiu2.*: nothing listens there/ }
  ])
  const refused = checkSp(spFacts({ overview: sp({ reachable: false }) }))
  t.match(refused[1], {
    verdict: 'fail',
    what: '1 of 1 known node connected, and none of its connected nodes may speak for it',
    todo: /pins and \[Legacy\] Mode/
  })
  const open = checkSp(spFacts({ overview: sp({ reachable: false }), nodes: [] }))
  t.match(open[1], { verdict: 'fail', what: 'none of its nodes is known', todo: /addPeer\(/ })
})

t.test('SPs that cannot be reached are named up to a limit, and those that may not serve are left out', async t => {
  const away = spFacts({
    overview: sp({ reachable: false }),
    nodes: [view({ lastErrorKind: 'timeout', lastError: 'x' })]
  })
  const jailed = spFacts({ overview: sp({ reachable: false, status: 'IN_JAILED' }) })
  t.match(checkUnreachable([away, jailed, spFacts()], 5), [
    { check: 'sp-reachable', verdict: 'warn', what: `${OTHER}: no answer`, todo: `diagnose(${OTHER})` }
  ])
  const many = checkUnreachable(
    Array.from({ length: 5 }, () => away),
    3
  )
  t.equal(many.length, 4)
  t.match(many[3], { what: 'and 2 SPs more' })
})
