import t from 'tap'
import { inPath, keyOf, newObject, startFixture } from './fixture.js'

const fixture = await startFixture(4)
const { call, gate, module } = fixture
t.teardown(() => fixture.stop())

const approvalsOf = (body: Readonly<Record<string, unknown>>) => body.approvals as { sp: string; peerId: string }[]

t.test('an ask that is waited for answers 200 with the object of `ask --json`', async t => {
  const object = newObject()
  const answer = await call('POST', '/api/v1/asks?wait=10s', { body: { object, min: 2, max: 3 } })
  t.equal(answer.status, 200, answer.text)
  t.strictSame(Object.keys(answer.body).sort(), [
    'approvals',
    'asked',
    'elapsedMs',
    'failed',
    'max',
    'min',
    'outcome',
    'refusals',
    'rejected',
    'silent',
    'taskKey'
  ])
  t.match(answer.body, { outcome: 'approved', taskKey: keyOf(object), min: 2, max: 3, asked: 3 })
  const approvals = approvalsOf(answer.body)
  t.ok(approvals.length >= 2, `${approvals.length} approvals`)
  t.equal(new Set(approvals.map(({ sp }) => sp)).size, approvals.length, 'each of another SP')
  t.match(approvals[0], { sp: /^0x/, peerId: /^16Uiu2/, expiredHeight: /^\d+$/, protocol: '0.0.1', elapsedMs: Number })
  t.equal(answer.headers.location, `/api/v1/asks/${inPath(keyOf(object))}`)
  const later = await call('GET', answer.headers.location ?? '')
  t.equal(later.status, 200)
  t.strictSame({ ...later.body, elapsedMs: 0 }, { ...answer.body, elapsedMs: 0 }, 'the same is found later')
})

t.test('the signed tasks come on request, and verify', async t => {
  const answer = await call('POST', '/api/v1/asks?wait=10s&tasks=true', {
    body: { object: newObject(), min: 3, max: 3 }
  })
  const tasks = answer.body.tasks as Record<string, unknown>[]
  t.equal(tasks.length, 3)
  for (const task of tasks) {
    const verified = await call('POST', '/api/v1/verify', { body: { task, role: 'primary' } })
    t.strictSame(verified.body, { ok: true })
  }
  const altered = { ...tasks[0], expired_height: '999999' }
  const refused = await call('POST', '/api/v1/verify', { body: { task: altered, role: 'primary' } })
  t.equal(refused.status, 200)
  t.match(refused.body, { ok: false, reason: /./ })
})

t.test('an ask answers 202 while it runs, is found by sub-key and can be cancelled', async t => {
  gate.close()
  const object = newObject()
  const begun = await call('POST', '/api/v1/asks', { body: { object, min: 2, max: 3, timeout: '30s' } })
  t.equal(begun.status, 202, begun.text)
  t.match(begun.body, { outcome: 'running', taskKey: keyOf(object), approvals: [] })
  t.equal(begun.headers.location, `/api/v1/asks/${inPath(keyOf(object))}`)
  const running = await call('GET', `/api/v1/tasks?subKey=${encodeURIComponent(`id:${object.id}`)}`)
  t.match(running.body, { total: 1, tasks: [{ key: keyOf(object), state: 'asking', bucket: 'photos' }] })

  const again = await call('POST', '/api/v1/asks', { body: { object, min: 2, max: 3 } })
  t.equal(again.status, 400)
  t.match(again.body, { code: 70001, codeSpace: 'p2p', name: 'ERR_REQUEST_REPEATED' })

  const cancelled = await call('POST', `/api/v1/tasks/${inPath(keyOf(object))}/cancel`)
  t.strictSame(cancelled.body, { key: keyOf(object), cancelled: true })
  gate.open()
  const ended = await call('GET', `/api/v1/tasks/${inPath(keyOf(object))}`)
  t.match(ended.body, { state: 'cancelled', task: { object_info: { bucket_name: 'photos' } } })
  const ask = await call('GET', `/api/v1/asks/${inPath(keyOf(object))}`)
  t.match(ask.body, { outcome: 'failed', error: { code: 'ERR_CANCELLED' } })
  const gone = await call('GET', `/api/v1/tasks?subKey=${encodeURIComponent(`id:${object.id}`)}`)
  t.strictSame(gone.body, { tasks: [], total: 0 }, 'only running ones, unless told otherwise')
  const kept = await call('GET', `/api/v1/tasks?state=cancelled&since=10m&subKey=id:${object.id}`)
  t.equal(kept.body.total, 1)
})

t.test('a wait that is over before the ask answers 202 with what is known', async t => {
  gate.close()
  const object = newObject()
  const answer = await call('POST', '/api/v1/asks?wait=50ms', { body: { object, min: 1, max: 1, timeout: '30s' } })
  t.equal(answer.status, 202)
  t.equal(answer.body.outcome, 'running')
  await call('POST', `/api/v1/tasks/${inPath(keyOf(object))}/cancel`)
  gate.open()
})

t.test('the caller who waits for an ask that is cancelled gets 409', async t => {
  gate.close()
  const object = newObject()
  const waiting = call('POST', '/api/v1/asks?wait=20s', { body: { object, min: 1, max: 1, timeout: '30s' } })
  await new Promise(resolve => module.addEventListener('ask:sent', resolve, { once: true }))
  await call('POST', `/api/v1/tasks/${inPath(keyOf(object))}/cancel`)
  const answer = await waiting
  gate.open()
  t.equal(answer.status, 409)
  t.equal(answer.body.code, 'ERR_CANCELLED')
})

t.test('too few approvals answer 404 with GfSp 70002 and the report that names who was silent', async t => {
  gate.close()
  const object = newObject()
  const answer = await call('POST', '/api/v1/asks?wait=10s', { body: { object, min: 2, max: 2, timeout: '150ms' } })
  gate.open()
  t.equal(answer.status, 404)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  t.match(answer.body, {
    type: 'urn:sp-approval:error:ERR_INSUFFICIENT_APPROVALS',
    status: 404,
    code: 70002,
    codeSpace: 'p2p',
    name: 'ERR_INSUFFICIENT_APPROVALS',
    hint: String,
    requestId: answer.headers['x-request-id'],
    report: { outcome: 'insufficient', taskKey: keyOf(object), min: 2, approvals: [] }
  })
  const { silent } = answer.body.report as { silent: string[] }
  t.equal(silent.length, 3)
  const later = await call('GET', `/api/v1/asks/${inPath(keyOf(object))}`)
  t.match(later.body, { outcome: 'insufficient', silent })
})

t.test('the same idempotency key with the same body begins one ask and answers the same', async t => {
  const object = newObject()
  const headers = { 'idempotency-key': `k-${object.id}` }
  const body = { object, min: 2, max: 2 }
  const [first, second] = await Promise.all([
    call('POST', '/api/v1/asks?wait=10s', { body, headers }),
    call('POST', '/api/v1/asks?wait=10s', { body, headers })
  ])
  t.equal(first.status, 200, first.text)
  t.equal(second.text, first.text, 'at the same time')
  const third = await call('POST', '/api/v1/asks?wait=10s', { body: { max: 2, min: 2, object }, headers })
  t.equal(third.text, first.text, 'afterwards, however the body is ordered')
  t.equal(third.headers['idempotency-replayed'], 'true')
  t.equal(module.tasks({ subKey: keyOf(object) }).length, 1, 'one ask')

  const other = await call('POST', '/api/v1/asks', { body: { ...body, min: 1 }, headers })
  t.equal(other.status, 422)
  t.match(other.body, { code: 'ERR_IDEMPOTENCY_KEY_REUSED', hint: String })
})

t.test('a key whose ask was not begun serves for the next try', async t => {
  const object = newObject()
  const headers = { 'idempotency-key': `n-${object.id}` }
  const body = { object, min: 1, max: 1 }
  fixture.network.chain.down = true
  const refused = await call('POST', '/api/v1/asks?wait=5s', { body, headers })
  fixture.network.chain.down = false
  t.equal(refused.status, 503, refused.text)
  t.match(refused.body, { code: 'ERR_CHAIN_UNAVAILABLE' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  const taken = await call('POST', '/api/v1/asks?wait=10s', { body, headers })
  t.equal(taken.status, 200, taken.text)
})

t.test('a whole task in proto3 JSON is asked for as it is', async t => {
  const object = newObject()
  const task = {
    object_info: { bucket_name: object.bucket, object_name: object.object, id: object.id, payload_size: '1048576' },
    storage_params: {
      versioned_params: { max_segment_size: '16777216', redundant_data_chunk_num: 4, redundant_parity_chunk_num: 2 }
    },
    task: { task_priority: 90 }
  }
  const answer = await call('POST', '/api/v1/asks?wait=10s', { body: { task, min: 1, max: 1 } })
  t.equal(answer.status, 200, answer.text)
  t.equal(answer.body.taskKey, keyOf(object))
  const shown = await call('GET', `/api/v1/tasks/${inPath(keyOf(object))}`)
  t.match(shown.body, { priority: 90, payloadSize: '1048576', report: { approvals: [{ signature: String }] } })
})

t.test('an approval that is not used can be given back once, and the answer says that 0.0.1 tells nobody', async t => {
  const object = newObject()
  const answer = await call('POST', '/api/v1/asks?wait=10s', { body: { object, min: 1, max: 1 } })
  const sp = approvalsOf(answer.body)[0]?.sp ?? ''
  const released = await call('POST', `/api/v1/asks/${inPath(keyOf(object))}/approvals/${sp.toLowerCase()}/release`)
  t.strictSame([released.status, released.body], [200, { told: false }])
  const stranger = await call('POST', `/api/v1/asks/${inPath(keyOf(object))}/approvals/0x${'11'.repeat(20)}/release`)
  t.equal(stranger.status, 404)
})
