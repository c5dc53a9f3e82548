import type { FastifyReply } from 'fastify'
import { InvalidArgumentError, NotFoundError, type TaskRecord } from '../../../index.js'
import { type HttpServer, Type } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { AskBody, AskHeaders, AskQuery, AskViewQuery, MAX_WAIT_MS } from '../schemas/asks.js'
import { KeyParams } from '../schemas/common.js'
import { ReleasedSchema } from '../schemas/grants.js'
import { AskSchema } from '../schemas/tasks.js'
import { type BegunAsk, beginAsk, settledWithin } from './ask-book.js'
import { type AskSource, approvedTasks, askOfRecord, askOfReport } from './ask-view.js'
import { findTask } from './find-task.js'
import { operation } from './operation.js'
import { readDuration, readSpAddress } from './parse.js'
import { requireSize, taskOf } from './task-input.js'

export function askRoutes(api: HttpServer, context: ApiContext): void {
  const { module, clock } = context
  const withTasks = (record: TaskRecord, ask: AskSource, wanted = false): AskSource =>
    wanted ? { ...ask, tasks: approvedTasks(record, module.sps()) } : ask
  api.post(
    '/asks',
    operation(
      'asks',
      'ask',
      'Ask other SPs to take an object; 202 while it runs, 200 with the result when ?wait sees it end',
      {
        description:
          'The ask goes on when the client goes away; cancel it with POST /tasks/{key}/cancel. With ?wait, an ask that ' +
          'ends with fewer than `min` approvals answers 404 with GfSp 70002 and the report.',
        querystring: AskQuery,
        headers: AskHeaders,
        body: AskBody,
        answers: {
          200: AskSchema,
          202: { ...AskSchema, description: 'The ask runs; the location header says where to look' }
        },
        problems: [400, 404, 409, 413, 415, 422, 429, 503]
      }
    ),
    async (request, reply) => {
      const { body, query } = request
      const waitMs = query.wait === undefined ? 0 : readDuration('query.wait', query.wait, MAX_WAIT_MS)
      const idempotencyKey = request.headers['idempotency-key']
      const begin = () => beginFrom(context, body)
      const { value: ask, replayed } =
        idempotencyKey === undefined
          ? { value: await begin(), replayed: false }
          : await context.idempotency.run(idempotencyKey, body, begin)
      if (replayed) reply.header('idempotency-replayed', 'true')
      reply.header('location', `/api/v1/asks/${encodeURIComponent(ask.key)}`)
      const settled = await settledWithin(ask, waitMs, clock, [context.drained, goneAway(reply)])
      if (settled === undefined) return reply.code(202).send(askOfRecord(findTask(module, ask.key), clock.now()))
      if (!settled.ok) throw settled.error
      return withTasks(findTask(module, ask.key), askOfReport(settled.result.report, 'approved'), query.tasks)
    }
  )
  api.get(
    '/asks/:key',
    operation('asks', 'getAsk', 'A running or finished ask in the shape of `ask --json`', {
      params: KeyParams,
      querystring: AskViewQuery,
      answers: { 200: AskSchema },
      problems: [400, 404]
    }),
    request => {
      const record = findTask(module, request.params.key)
      return withTasks(record, askOfRecord(record, clock.now()), request.query.tasks)
    }
  )
  api.post(
    '/asks/:key/approvals/:sp/release',
    operation('asks', 'releaseApproval', 'Give back an approval that is not used', {
      params: Type.Object({
        ...KeyParams.properties,
        sp: Type.String({ minLength: 1, maxLength: 64, description: 'Any spelling of the SP address' })
      }),
      answers: { 200: ReleasedSchema },
      problems: [400, 404, 503]
    }),
    async request => {
      const sp = readSpAddress('path.sp', request.params.sp)
      const { key, report } = findTask(module, request.params.key)
      if (report?.approvals.some(approval => approval.sp === sp) !== true) throw new NotFoundError('approval', sp)
      return { told: await module.releaseApproval(key, sp) }
    }
  )
}

type AskInput = Parameters<typeof taskOf>[1] & {
  readonly min?: number
  readonly max?: number
  readonly timeout?: string
}

async function beginFrom({ module, askDefaults }: ApiContext, body: AskInput): Promise<BegunAsk> {
  const min = body.min ?? Math.min(askDefaults.min, body.max ?? askDefaults.min)
  const max = body.max ?? Math.max(askDefaults.max, min)
  if (max < min) throw new InvalidArgumentError('body.max', `at least min, which is ${min}`, max)
  const timeoutMs = body.timeout === undefined ? askDefaults.timeoutMs : readDuration('body.timeout', body.timeout)
  const task = taskOf(module, body)
  requireSize(body)
  return beginAsk(module, task, { min, max, timeoutMs })
}

/** Aborts when the client disconnects, so that no handler waits for it. */
function goneAway(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}
