import fc from 'fast-check'
import t from 'tap'
import { REFUSAL_CODES } from '../../src/domain/refusal.js'
import { InvalidArgumentError } from '../../src/errors.js'
import type { BuiltInRule } from '../../src/policy/built-in-rule.js'
import { defaultPolicy } from '../../src/policy/default-policy.js'
import { listPolicy } from '../../src/policy/list-policy.js'
import { rules } from '../../src/policy/rules.js'
import { ASKER, facts, GIB, OTHER } from './facts.js'
import { cases } from './rule-cases.js'

t.test('each rule passes what it allows and refuses the rest with its name, a code and the figures', async t => {
  for (const [rule, passed, refused, code, words] of cases) {
    t.equal(rule.decide(facts(passed)), undefined, `${rule.name} passes`)
    const decision = rule.decide(facts(refused))
    t.match(decision, { outcome: 'refuse', code }, `${rule.name} refuses`)
    t.equal(`${decision?.rule}: ${decision?.reason}`, words)
    t.ok(rule.text.length > 0 && !rule.text.includes('\n'), rule.text)
  }
})

t.test('the last word is given by otherwise', async t => {
  t.match(rules.otherwise('approve').decide(facts()), { outcome: 'approve', rule: 'default' })
  t.match(rules.otherwise('refuse').decide(facts()), { outcome: 'refuse', rule: 'default', code: 'POLICY' })
})

t.test('a rule that makes no sense is refused when it is made', async t => {
  const wrong: (() => unknown)[] = [
    () => rules.allow([]),
    () => rules.allow(['0x12']),
    () => rules.maxPayloadSize('5'.repeat(30)),
    () => rules.maxPayloadSize('5 apples'),
    () => rules.capacity(-1n),
    () => rules.freeCapacity(5 as unknown as string),
    () => rules.ratePerSp(0),
    () => rules.ratePerSp(0.5),
    () => rules.rates({ total: 1_000_001 }),
    () => rules.visibility([]),
    () => rules.visibility(['SECRET' as 'PRIVATE']),
    () => rules.redundancy(['toString' as 'EC']),
    () => rules.dataChunks({ min: 5, max: 4 }),
    () => rules.grants({ perAskerPercent: 101 }),
    () => rules.maintenance({ daily: '25:00-26:00' }),
    () => rules.maintenance({ daily: '02:00-02:00' }),
    () => rules.maintenance({ from: new Date(1), to: new Date(1) }),
    () => rules.maintenance({ from: new Date('never'), to: new Date(1) })
  ]
  for (const make of wrong) t.throws(make, InvalidArgumentError, `${make}`)
})

t.test('a list is asked in order, the first decision wins, and what nobody refused is approved', async t => {
  const asked: string[] = []
  const policy = listPolicy([
    rules.deny([OTHER]),
    function first() {
      asked.push('first')
      return undefined
    },
    async function second(ask) {
      asked.push('second')
      return ask.bucketName === 'films'
        ? { outcome: 'refuse', rule: 'second', code: 'POLICY', reason: 'no films' }
        : undefined
    },
    {
      name: 'own-rule',
      decide: ask => (ask.objectId === '7' ? { outcome: 'approve', rule: '', reason: '' } : undefined)
    }
  ])
  t.match(await policy.decide(facts({ asker: OTHER })), { outcome: 'refuse', rule: 'deny' })
  t.same(asked, [])
  t.match(await policy.decide(facts({ bucketName: 'films' })), { code: 'POLICY', rule: 'second', reason: 'no films' })
  t.same(asked, ['first', 'second'])
  t.match(await policy.decide(facts({ objectId: '7' })), { outcome: 'approve', rule: 'own-rule' })
  t.match(await policy.decide(facts()), { outcome: 'approve', rule: 'default' })
  t.same(policy.describe(), [
    { rule: 'deny', text: `not ${OTHER}` },
    { rule: 'first', text: 'in-process function' },
    { rule: 'second', text: 'in-process function' },
    { rule: 'own-rule', text: 'in-process rule' },
    { rule: 'default', text: 'approve what no rule refused' }
  ])
})

t.test('a function that throws, is late or returns no decision refuses, and its reason names the fault', async t => {
  const parts: [() => unknown, string][] = [
    [() => Promise.reject(new Error('database gone')), 'database gone'],
    [
      () => {
        throw new TypeError('x is undefined')
      },
      'x is undefined'
    ],
    [() => new Promise(() => undefined), 'no decision within 20ms'],
    [() => true, 'it returned true'],
    [() => ({ outcome: 'refuse', code: 'NO_IDEA', reason: '' }), 'it returned an object'],
    [() => ({ outcome: 'maybe' }), 'it returned an object'],
    [() => null, 'it returned null']
  ]
  for (const [part, fault] of parts) {
    const policy = listPolicy([part as () => undefined], { functionTimeoutMs: 20 })
    t.same(
      await policy.decide(facts()),
      { outcome: 'refuse', rule: 'function', code: 'POLICY', reason: `policy function failed: ${fault}` },
      fault
    )
  }
})

t.test('a caller that gives up gets its own reason, and no decision', async t => {
  const policy = listPolicy([() => new Promise<undefined>(() => undefined)])
  const controller = new AbortController()
  const decided = policy.decide(facts(), { signal: controller.signal })
  controller.abort(new Error('shutting down'))
  await t.rejects(decided, { message: 'shutting down' })
  await t.rejects(policy.decide(facts(), { signal: controller.signal }), { message: 'shutting down' })
})

t.test('a reason is one line of at most 256 bytes', async t => {
  const policy = listPolicy([
    () => ({ outcome: 'refuse', rule: 'long', code: 'POLICY', reason: `a\nb${'é'.repeat(300)}` })
  ])
  const { reason } = await policy.decide(facts())
  t.ok(Buffer.byteLength(reason) <= 256, `${Buffer.byteLength(reason)} bytes`)
  t.match(reason, /^a b(é)+…$/)
})

t.test('limits and rates come from the rules, the stricter one where two name them, defaults elsewhere', async t => {
  const policy = listPolicy([
    rules.capacity('10TiB'),
    rules.capacity('5TiB'),
    rules.freeCapacity('1GiB'),
    rules.freeCapacity('2GiB'),
    rules.grants({ perAskerPercent: 50, perAsker: 10 }),
    rules.rates({ perSp: 100 }),
    rules.rates({ perSp: 50, total: 500 })
  ])
  t.same(policy.limits(), {
    capacityBytes: 5n << 40n,
    keepFreeBytes: 2n * GIB,
    perAskerPercent: 50n,
    perAskerGrants: 10,
    totalGrants: 65_536
  })
  t.same(policy.rates(), { perSp: 50, perOpenSp: 600, total: 500 })
})

t.test('the space that is really free decides at each ask', async t => {
  let free: bigint | string = 3n * GIB
  const told = (): bigint => free as bigint
  const { capacityBytes, keepFreeBytes } = listPolicy([rules.freeCapacity('1GiB', told)]).limits()
  t.same([capacityBytes, keepFreeBytes], [3n * GIB, GIB])
  for (const rule of [rules.capacity(told), rules.freeCapacity('1GiB', told)]) {
    const policy = listPolicy([rule])
    free = 5n * GIB
    t.equal(policy.limits().capacityBytes, 5n * GIB)
    t.match(await policy.decide(facts({ freeBytes: free })), { outcome: 'approve' })
    free = GIB / 2n
    t.equal(policy.limits().capacityBytes, GIB / 2n, 'the disk became fuller')
    t.match(await policy.decide(facts({ freeBytes: free })), { outcome: 'refuse', code: 'NO_CAPACITY' })
    for (const nonsense of ['much', -1n, undefined, 1.5]) {
      free = nonsense as string
      t.equal(policy.limits().capacityBytes, 0n, 'where nobody can tell, nothing is promised')
      t.match(await policy.decide(facts()), {
        code: 'NO_CAPACITY',
        reason: /expected a function that tells a size, got/
      })
    }
  }
  const failing = rules.capacity(() => {
    throw new Error('EIO')
  })
  t.match(await listPolicy([failing]).decide(facts()), { code: 'NO_CAPACITY', reason: /got "EIO"$/ })
  free = '2GiB'
  t.match(await listPolicy([rules.freeCapacity(() => '2GiB')]).decide(facts({ freeBytes: 2n * GIB })), {
    reason: '1GiB asked, 2GiB free, 2GiB must stay free'
  })
})

t.test('a list holds rules and functions only', async t => {
  for (const part of [undefined, null, 'deny', 5, {}, { name: 'x' }]) {
    t.throws(() => listPolicy([part as unknown as BuiltInRule]), InvalidArgumentError, `${part}`)
  }
})

t.test('the default policy approves within its limits and refuses beyond', async t => {
  const policy = defaultPolicy()
  t.match(await policy.decide(facts()), { outcome: 'approve' })
  t.match(await policy.decide(facts({ payloadSize: 65n * GIB })), { code: 'TOO_LARGE' })
  t.match(await policy.decide(facts({ freeBytes: 0n })), { code: 'NO_CAPACITY' })
  t.match(await policy.decide(facts({ asksLastMinute: 6_001 })), { outcome: 'approve' }, 'rates are held before')
  t.same(policy.rates(), { perSp: 6_000, perOpenSp: 600, total: 60_000 })
  t.equal(policy.limits().capacityBytes, 1n << 40n)
})

t.test('whatever the facts, a decision is an approval or a coded refusal with a reason', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  const bytes = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
  const anyFacts = fc.record({
    asker: fc.constantFrom(ASKER, OTHER),
    objectId: fc.string(),
    bucketName: fc.string(),
    objectName: fc.string(),
    payloadSize: bytes,
    reservationBytes: bytes,
    visibility: fc.integer(),
    redundancyType: fc.integer(),
    dataChunks: fc.nat(),
    parityChunks: fc.nat(),
    freeBytes: bytes,
    asksLastMinute: fc.nat(),
    now: fc.integer({ min: 0, max: 2 ** 45 })
  })
  const policy = listPolicy(cases.map(([rule]) => rule))
  await fc.assert(
    fc.asyncProperty(anyFacts, async ask => {
      const decision = await policy.decide(ask)
      if (decision.outcome === 'approve') return true
      return REFUSAL_CODES.includes(decision.code) && decision.reason !== '' && !decision.reason.includes('\n')
    }),
    { seed, numRuns: 1_000 }
  )
  t.pass('1,000 asks')
})
