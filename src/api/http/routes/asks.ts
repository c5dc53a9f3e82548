import type { FastifyReply } from 'fastify'
import {
  InvalidArgumentError,
  NotFoundError,
  type ReplicatePieceApprovalTask,
  type TaskRecord
} from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import { Type } from '../../../kit/http/schema-type.js'
import { type BegunAsk, beginAsk, type Settled, settledWithin } from '../ask-book.js'
import type { ApiContext } from '../context.js'
import { findTask, keyOf } from '../find-task.js'
import { readDuration, readSpAddress } from '../parse.js'
import { AskBody, AskHeaders, AskQuery, AskViewQuery, MAX_WAIT_MS } from '../schemas/asks.js'
import { KeyParams, problems } from '../schemas/common.js'
import { ReleasedSchema } from '../schemas/grants.js'
import { AskSchema } from '../schemas/tasks.js'
import { taskOf } from '../task-input.js'
import { type AskView, approvedTasks, askOfRecord, askOfReport } from '../views/ask-view.js'

export function askRoutes(api: HttpServer, context: ApiContext): void {
  const { module, clock } = context
  api.post(
    '/asks',
    {
      schema: {
        operationId: 'ask',
        tags: ['asks'],
        summary: 'Ask other SPs to take an object; 202 while it runs, 200 with the result when ?wait sees it end',
        description:
          'The ask goes on when the client goes away; cancel it with POST /tasks/{key}/cancel. With ?wait, an ask that ' +
          'ends with fewer than `min` approvals answers 404 with GfSp 70002 and the report.',
        querystring: AskQuery,
        headers: AskHeaders,
        body: AskBody,
        response: {
          200: AskSchema,
          202: { ...AskSchema, description: 'The ask runs; the location header says where to look' },
          ...problems(400, 404, 409, 413, 415, 422, 429, 503)
        }
      }
    },
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
      if (settled === undefined) return reply.code(202).send(currentView(context, ask))
      return resultView(context, ask, settled, query.tasks === true)
    }
  )
  api.get(
    '/asks/:key',
    {
      schema: {
        operationId: 'getAsk',
        tags: ['asks'],
        summary: 'A running or finished ask in the shape of `ask --json`',
        params: KeyParams,
        querystring: AskViewQuery,
        response: { 200: AskSchema, ...problems(400, 404) }
      }
    },
    request => {
      const record = findTask(module, keyOf(request.params.key))
      return withTasks(context, record, askOfRecord(record, clock.now()), request.query.tasks === true)
    }
  )
  api.post(
    '/asks/:key/approvals/:sp/release',
    {
      schema: {
        operationId: 'releaseApproval',
        tags: ['asks'],
        summary: 'Give back an approval that is not used',
        params: Type.Object({
          ...KeyParams.properties,
          sp: Type.String({ minLength: 1, maxLength: 64, description: 'Any spelling of the SP address' })
        }),
        response: { 200: ReleasedSchema, ...problems(400, 404, 503) }
      }
    },
    async request => {
      const key = keyOf(request.params.key)
      const sp = readSpAddress('path.sp', request.params.sp)
      const { report } = findTask(module, key)
      if (report?.approvals.some(approval => approval.sp === sp) !== true) throw new NotFoundError('approval', sp)
      const release = context.admin.releaseApproval ?? module.releaseApproval.bind(module)
      return { told: await release(key, sp) }
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
  const task: ReplicatePieceApprovalTask = taskOf(module, body)
  return beginAsk(module, task, { min, max, timeoutMs })
}

/** What is known now of an ask that runs, or that ended while nobody waited. */
function currentView({ module, clock }: ApiContext, ask: BegunAsk): AskView {
  return askOfRecord(findTask(module, ask.key), clock.now())
}

function resultView(context: ApiContext, ask: BegunAsk, settled: Settled, tasks: boolean): AskView {
  if (!settled.ok) throw settled.error
  const view = askOfReport(settled.result.report, 'approved')
  return tasks ? withTasks(context, findTask(context.module, ask.key), view, true) : view
}

const withTasks = ({ module }: ApiContext, record: TaskRecord, view: AskView, wanted: boolean): AskView =>
  wanted ? { ...view, tasks: approvedTasks(record, module.sps()) } : view

/** Aborts when the client goes away, so that nobody waits for it. */
function goneAway(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}
