import { InvalidArgumentError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { readSpAddress } from '../parse.js'
import { problems } from '../schemas/common.js'
import { DecisionSchema, ExplainBody, PolicySchema, VerifiedSchema, VerifyBody } from '../schemas/policy.js'
import { taskOf } from '../task-input.js'

export function policyRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/policy',
    {
      schema: {
        operationId: 'getPolicy',
        tags: ['policy'],
        summary: 'The rules in force',
        response: { 200: PolicySchema, ...problems() }
      }
    },
    () => ({ rules: module.describePolicy().map(({ rule, text }) => ({ rule, text })) })
  )
  api.post(
    '/policy/explain',
    {
      schema: {
        operationId: 'explainPolicy',
        tags: ['policy'],
        summary: 'What we would answer to a task, and by which rule, without answering it',
        body: ExplainBody,
        response: { 200: DecisionSchema, ...problems(400, 413, 415, 503) }
      }
    },
    async request => {
      const task = taskOf(module, request.body)
      const text = request.body.asker ?? task.askSpOperatorAddress
      if (text === '') {
        throw new InvalidArgumentError('body.asker', 'an SP address here or in task.ask_sp_operator_address', undefined)
      }
      const asker = readSpAddress('body.asker', text)
      const decision = await module.explainPolicy(task, asker)
      return { ...decision, asker }
    }
  )
  api.post(
    '/verify',
    {
      schema: {
        operationId: 'verifyApproval',
        tags: ['asks'],
        summary: 'Whether an approval is good: before we take pieces (secondary) or send them (primary)',
        body: VerifyBody,
        response: { 200: VerifiedSchema, ...problems(400, 413, 415, 503) }
      }
    },
    request => {
      const { task, role } = request.body
      return module.verifyApproval(taskOf(module, task === undefined ? {} : { task }), { role })
    }
  )
}
