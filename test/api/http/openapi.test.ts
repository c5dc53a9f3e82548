import SwaggerParser from '@apidevtools/swagger-parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import t, { type Test } from 'tap'
import { createHttpApi } from '../../../src/api/http/index.js'
import {
  AskCancelledError,
  ChainUnavailableError,
  type Logger,
  ResourceLimitError,
  silentLogger,
  type TaskKey
} from '../../../src/index.js'
import { type Fault, failingModule } from './failing-module.js'
import { type Answer, type Client, clientOf, newObject, startFixture, TOKEN } from './fixture.js'
import { SAMPLES, type Sample } from './operations.js'

const CANARY = 'canary-key-that-may-appear-nowhere'
const fixture = await startFixture(3)
const logged: string[] = []
const logger: Logger = {
  ...silentLogger,
  error: (fields, message) => logged.push(`${message} ${JSON.stringify(fields)}`)
}
const fault: Fault = { error: undefined }
const failing = failingModule(fixture.module, fault)
const orThrow = (): void => {
  if (fault.error !== undefined) throw fault.error
}
/** Whose level cannot be told while a fault is on. */
const log = {
  get level(): string {
    orThrow()
    return 'info'
  },
  set level(_level: string) {
    orThrow()
  }
}
/** Fails as told, with all hooks. */
const faulty = createHttpApi({
  module: failing,
  address: '127.0.0.1:0',
  token: TOKEN,
  logger,
  log,
  config: () => {
    orThrow()
    return { P2P: { P2PPrivateKey: '***' } }
  }
})
/** Without hooks, without room for streams. */
const bare = createHttpApi({
  module: fixture.module,
  address: '127.0.0.1:0',
  token: TOKEN,
  maxEventStreams: 0,
  minSps: 99
})
await faulty.start()
await bare.start()
t.teardown(async () => {
  fault.error = undefined
  await faulty.stop()
  await bare.stop()
  await fixture.stop()
})
const callFaulty = clientOf(() => faulty.url)
const callBare = clientOf(() => bare.url)

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
  readonly security?: readonly object[]
}

const document = (await fixture.call('GET', '/api/v1/openapi.json')).body
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
)

function sampleOf(operationId: string): Sample {
  const sample = SAMPLES[operationId]
  if (sample === undefined) throw new RangeError(`expected a sample of ${operationId}, got none`)
  return sample
}

const send = (client: Client, sample: Sample, call: Parameters<Client>[2] = {}): Promise<Answer> =>
  client(sample.method, sample.path, { ...(sample.body === undefined ? {} : { body: sample.body }), ...call })

const problemOf = (answer: Answer) => {
  const { type, title, status, detail, code, name, requestId } = answer.body
  return {
    type,
    title,
    status,
    detail,
    code: String(code),
    name,
    requestId,
    contentType: answer.headers['content-type']
  }
}

const isProblem = (t: Test, answer: Answer, status: number, what: string): void => {
  t.equal(answer.status, status, `${what}: ${answer.text.slice(0, 200)}`)
  t.match(
    problemOf(answer),
    {
      contentType: /^application\/problem\+json/,
      type: /^urn:sp-approval:error:ERR_[A-Z_]+$/,
      title: /^[A-Z]/,
      status,
      detail: /^[^\n]+$/,
      name: /^ERR_[A-Z_]+$/,
      code: /^(ERR_[A-Z_]+|70001|70002|970001|970002|990701)$/,
      requestId: answer.headers['x-request-id']
    },
    what
  )
  t.notOk(answer.text.includes(TOKEN) || answer.text.includes(CANARY), `${what}: no secret`)
  t.notMatch(answer.text, /\bat .*\.(js|ts):\d+|node:internal/, `${what}: no stack`)
}

t.test('the document is OpenAPI 3.1, names its shapes and has a sample of every operation', async t => {
  t.equal(document.openapi, '3.1.0')
  const names = operations.map(({ operation }) => operation.operationId).sort()
  t.strictSame(names, Object.keys(SAMPLES).sort())
  const { schemas } = document.components as { schemas: Record<string, unknown> }
  const text = JSON.stringify(document)
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? ''))
  t.strictSame(
    [...used].filter(name => schemas[name] === undefined),
    [],
    'every reference leads somewhere'
  )
  for (const { operation } of operations) {
    const { content = {} } = operation.responses['200'] ?? operation.responses['201'] ?? {}
    t.match(Object.values(content), [{ schema: { $ref: String } }], `${operation.operationId} answers a named shape`)
  }
})

t.test('two public validators find nothing to say of the document, and it names its server', async t => {
  const { text } = await fixture.call('GET', '/api/v1/openapi.json', { token: null })
  t.match(JSON.parse(text), { servers: [{ url: '/' }] })
  const { valid, errors } = await new Validator().validate(JSON.parse(text))
  t.ok(valid, JSON.stringify(errors))
  const validated = await SwaggerParser.validate(JSON.parse(text))
  t.match(validated, { openapi: '3.1.0' })
})

const isOpen = ({ security = [{ token: [] }] }: Operation): boolean =>
  security.length === 0 || security.some(way => Object.keys(way).length === 0)

t.test("every route refuses without a token, with a wrong one and in a stranger's name", async t => {
  for (const { path, operation } of operations) {
    const sample = sampleOf(operation.operationId)
    const open = isOpen(operation)
    for (const token of [null, 'wrong', `${TOKEN}x`, TOKEN.slice(1), '']) {
      const answer = await send(fixture.call, sample, { token })
      if (open) t.equal(answer.status, 200, `${path} is open`)
      else isProblem(t, answer, 401, `${path} with ${token === null ? 'no token' : `"${token}"`}`)
      if (!open) t.match(answer.headers['www-authenticate'], /^Bearer/)
    }
    isProblem(
      t,
      await send(fixture.call, sample, { headers: { host: 'evil.example:80' } }),
      403,
      `${path} by rebinding`
    )
    isProblem(
      t,
      await send(fixture.call, sample, { headers: { origin: 'http://evil.example' } }),
      403,
      `${path} by page`
    )
  }
  t.strictSame(
    operations.filter(({ operation }) => isOpen(operation)).map(({ path }) => path),
    ['/-/healthy', '/-/ready', '/api/v1/openapi.json'],
    'the open routes'
  )
  for (const path of ['/', '/api/v1/nothing', '/api/v1/tasks/%zz', '/metrics']) {
    t.equal((await fixture.call('GET', path, { token: null })).status, 401, `${path} does not say whether it exists`)
  }
})

/** How each documented status comes about. */
const WAYS: Readonly<Record<string, (sample: Sample) => Promise<Answer>>> = {
  400: sample => badRequest(sample, sample.bad?.[0]?.[0] ?? ''),
  401: sample => send(callBare, sample, { token: null }),
  403: sample => send(callBare, sample, { headers: { host: 'evil.example' } }),
  404: sample => (sample.unknown === undefined ? insufficient() : callBare(sample.method, sample.unknown)),
  409: sample => withFault(new AskCancelledError('key' as TaskKey), sample),
  413: sample => send(callBare, sample, { body: { pad: 'x'.repeat(300 * 1024) } }),
  415: sample => send(callBare, sample, { body: 'task=1', headers: { 'content-type': 'text/plain' } }),
  422: async sample => {
    const headers = { 'idempotency-key': 'the-same' }
    await send(callBare, sample, { headers })
    return send(callBare, sample, { headers, body: { object: newObject() } })
  },
  429: sample => withFault(new ResourceLimitError('system', 'memory', 5, 1, 5), sample),
  500: sample => withFault(new Error(`something of ours, ${CANARY}`), sample),
  501: sample => send(callBare, sample),
  503: sample =>
    /events|ready/.test(sample.path)
      ? send(callBare, sample)
      : withFault(new ChainUnavailableError('no height', { hint: 'wait' }), sample)
}

const badRequest = (sample: Sample, request: string | { readonly body: unknown }): Promise<Answer> =>
  typeof request === 'string'
    ? send(fixture.call, { ...sample, path: request })
    : send(fixture.call, { ...sample, body: request.body })

const insufficient = (): Promise<Answer> =>
  callBare('POST', '/api/v1/asks?wait=5s', { body: { object: newObject(), min: 9, max: 9, timeout: '300ms' } })

async function withFault(error: Error, sample: Sample): Promise<Answer> {
  fault.error = error
  try {
    return await send(callFaulty, sample)
  } finally {
    fault.error = undefined
  }
}

t.test('every documented error of every route appears, as a problem', async t => {
  let shown = 0
  for (const { path, operation } of operations) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      if (!/^[45]/.test(status)) continue
      t.strictSame(Object.keys(content), ['application/problem+json'])
      const way = WAYS[status]
      if (way === undefined) throw new RangeError(`expected a way to ${status}, got none`)
      isProblem(t, await way(sampleOf(operation.operationId)), Number(status), `${path} ${status}`)
      shown++
    }
  }
  t.ok(shown > 100, `${shown} errors`)
})

t.test('bad input of every route answers 400 with one line that says what was expected and what came', async t => {
  const before = fixture.module.tasks().length
  for (const { path, operation } of operations) {
    const sample = sampleOf(operation.operationId)
    if (operation.responses['400'] !== undefined) t.ok(sample.bad?.length, `${path} has bad input`)
    for (const [request, line] of sample.bad ?? []) {
      const answer = await badRequest(sample, request)
      isProblem(t, answer, 400, `${path} ${JSON.stringify(request).slice(0, 120)}`)
      t.match(answer.body.detail, line)
    }
  }
  t.equal(fixture.module.tasks().length, before, 'nothing half-done')
})

t.test('a fault of our own answers 500 without its cause, which the log has under the request id', async t => {
  logged.length = 0
  const answer = await withFault(new Error(`broken, ${CANARY}`), sampleOf('getNode'))
  isProblem(t, answer, 500, 'fault')
  t.notMatch(answer.text, CANARY)
  t.notMatch(answer.text, /broken/)
  t.equal(logged.length, 1)
  t.match(logged[0], String(answer.body.requestId))
})

t.test('errors that waiting helps say when to come back', async t => {
  const limited = await withFault(new ResourceLimitError('system', 'memory', 5, 1, 5), sampleOf('ask'))
  t.equal(limited.headers['retry-after'], '1')
  const chain = await withFault(
    new ChainUnavailableError('no height', { hint: 'look at the chain' }),
    sampleOf('listSps')
  )
  t.equal(chain.headers['retry-after'], '5')
  t.equal(chain.body.hint, 'look at the chain')
})

t.test('unknown routes answer 404, wrong methods 405 with the right ones, both as problems', async t => {
  isProblem(t, await fixture.call('GET', '/api/v1/nothing'), 404, 'unknown')
  for (const { path, method, operation } of operations) {
    const other = method === 'get' ? 'DELETE' : 'GET'
    const sample = sampleOf(operation.operationId)
    const elsewhere = operations.some(entry => entry.path === path && entry.method === other.toLowerCase())
    // A fixed path may be a key to a parametric sibling: /grants/reset is also /grants/{key}.
    if (elsewhere || operation.operationId === 'resetGrants') continue
    const answer = await fixture.call(other, sample.path)
    isProblem(t, answer, 405, `${other} ${path}`)
    const allowed = answer.headers.allow?.split(', ') ?? []
    t.ok(allowed.includes(method.toUpperCase()), `${path} allows ${allowed}`)
  }
})
