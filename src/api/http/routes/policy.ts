import { InvalidArgumentError } from '../../../index.js'
import type { HttpServer } from '../../../kit/http/schema-type.js'
import type { ApiContext } from '../context.js'
import { DecisionSchema, ExplainBody, PolicySchema, VerifiedSchema, VerifyBody } from '../schemas/policy.js'
import { grantView } from './grants.js'
import { operation } from './operation.js'
import { readSpAddress } from './parse.js'
import { taskOf } from './task-input.js'

export function policyRoutes(api: HttpServer, { module }: ApiContext): void {
  api.get(
    '/policy',
    operation('policy', 'getPolicy', 'The rules in force', { answers: { 200: PolicySchema } }),
    () => ({
      rules: module.describePolicy()
    })
  )
  api.post(
    '/policy/explain',
    operation('policy', 'explainPolicy', 'What we would answer to a task, and by which rule, without answering it', {
      body: ExplainBody,
      answers: { 200: DecisionSchema },
      problems: [400, 413, 415, 503]
    }),
    async request => {
      const task = taskOf(module, request.body)
      const text = request.body.asker ?? task.askSpOperatorAddress
      if (text === '') {
        throw new InvalidArgumentError('body.asker', 'an SP address here or in task.ask_sp_operator_address', undefined)
      }
      const asker = readSpAddress('body.asker', text)
      return { ...(await module.explainPolicy(task, asker)), asker }
    }
  )
  api.post(
    '/verify',
    operation(
      'asks',
      'verifyApproval',
      'Whether an approval is good: before we take pieces (secondary) or send them (primary)',
      { body: VerifyBody, answers: { 200: VerifiedSchema }, problems: [400, 413, 415, 503] }
    ),
    async request => {
      const { task, role } = request.body
      const verdict = await module.verifyApproval(taskOf(module, task === undefined ? {} : { task }), { role })
      if (!verdict.ok) return verdict
      return { ok: true, ...(verdict.grant && { grant: grantView(verdict.grant) }) }
    }
  )
}
