import t from 'tap'
import { taskDigests } from '../../../src/codec/digest.js'
import { encodeTask } from '../../../src/codec/task-codec.js'
import type { PeerIdString, TaskKey } from '../../../src/domain/brands.js'
import type { ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import { EMPTY_TASK_INFO } from '../../../src/domain/task-defaults.js'
import { taskKey } from '../../../src/domain/task-key.js'
import { BadTaskError } from '../../../src/errors.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { createVerifier } from '../../../src/identity/verifier.js'
import { silentLogger } from '../../../src/logger.js'
import { createMetrics } from '../../../src/metrics.js'
import type { Inbound } from '../../../src/protocols/door/inbox.js'
import { Conversations } from '../../../src/protocols/v0/conversations.js'
import type { Reply, ReplyClaim } from '../../../src/protocols/wire.js'
import { counted, key, testTask } from './harness.js'

const asker = localSigner(key())
const approver = localSigner(key())
const PEER = 'peer' as PeerIdString
const HEIGHT = 1_900n

async function opened(change: { readonly screens?: boolean } = {}) {
  const claims: ReplyClaim[] = []
  const replies: Reply[] = []
  const late: [PeerIdString, TaskKey][] = []
  const promoted: PeerIdString[] = []
  const sent: Uint8Array[] = []
  const metrics = createMetrics()
  let verifications = 0
  const verifier = createVerifier()
  const conversations = new Conversations({
    sender: { send: async (_, __, message) => void sent.push(message) },
    signer: asker,
    verifier: {
      backend: verifier.backend,
      recover: (digest, signature) => {
        verifications++
        return verifier.recover(digest, signature)
      }
    },
    strangers: { promote: peer => promoted.push(peer) },
    lateReplies: { answeredLate: (...reply) => late.push(reply) },
    logger: silentLogger,
    metrics
  })
  const task = testTask('7', { askSpOperatorAddress: asker.operatorAddress })
  const controller = new AbortController()
  const listener = {
    screen: (claim: ReplyClaim) => claims.push(claim) > 0 && change.screens !== false,
    onReply: (reply: Reply) => replies.push(reply)
  }
  const conversation = await conversations.open({ key: taskKey(task.objectInfo), task }, listener, controller)
  const answer = (fields: Partial<ReplicatePieceApprovalTask> = {}): ReplicatePieceApprovalTask => {
    const [digest] = taskDigests(conversation.task, HEIGHT)
    const approvedSignature = approver.sign(digest as Uint8Array, { type: 'task', message: task }) as Uint8Array
    return {
      ...conversation.task,
      approvedSpOperatorAddress: approver.operatorAddress,
      expiredHeight: HEIGHT,
      approvedSignature,
      ...fields
    }
  }
  const hear = (task: ReplicatePieceApprovalTask | Uint8Array) =>
    conversations.onAnswer({ from: PEER, bytes: task instanceof Uint8Array ? task : encodeTask(task) } as Inbound)
  const received = (result: string): Promise<number> => counted(metrics.approvalsReceived, result)
  return {
    conversations,
    conversation,
    controller,
    answer,
    hear,
    claims,
    replies,
    late,
    promoted,
    sent,
    received,
    verifications: () => verifications
  }
}

t.test('an approval of our ask is handed on once its signature proves to be the SP’s', async t => {
  const { answer, hear, claims, replies, promoted } = await opened()
  const good = answer()
  t.equal(hear(good), 'done')
  const sp = approver.operatorAddress
  t.same(claims, [{ wire: '0.0.1', sp, peerId: PEER, expiredHeight: HEIGHT }])
  t.match(replies, [{ kind: 'approval', wire: '0.0.1', sp, peerId: PEER, expiredHeight: HEIGHT }])
  t.same(promoted, [PEER], 'the peer is no stranger')
})

t.test('an answer about another task counts for nothing and is no fault of the connection', async t => {
  const { answer, hear, replies, promoted, conversation } = await opened()
  const { objectInfo } = conversation.task
  const others: readonly Partial<ReplicatePieceApprovalTask>[] = [
    { objectInfo: objectInfo && { ...objectInfo, payloadSize: 5n } },
    { task: { ...EMPTY_TASK_INFO, createTime: 5n } },
    { askSignature: new Uint8Array(65).fill(3) },
    { askSpOperatorAddress: approver.operatorAddress }
  ]
  for (const fields of others) t.equal(hear(answer(fields)), 'done')
  t.same(
    replies.map(reply => [reply.kind, reply.kind === 'fault' && reply.why]),
    others.map(() => ['fault', 'content'])
  )
  t.same(promoted, [])
})

t.test('an answer in another spelling of our address is about our task', async t => {
  const { answer, hear, replies } = await opened()
  hear(answer({ askSpOperatorAddress: asker.operatorAddress.toLowerCase() }))
  t.match(replies, [{ kind: 'approval' }])
})

t.test('a false signature over the right task is a fault of the connection', async t => {
  const { answer, hear, replies } = await opened()
  t.equal(hear(answer({ approvedSignature: new Uint8Array(65).fill(1) })), 'fault')
  t.equal(hear(answer({ expiredHeight: HEIGHT + 1n })), 'fault', 'another height than was signed')
  t.match(replies, [
    { kind: 'fault', why: 'signature' },
    { kind: 'fault', why: 'signature' }
  ])
})

t.test('what the asker screens out costs no verification', async t => {
  const { answer, hear, replies, verifications } = await opened({ screens: false })
  t.equal(hear(answer()), 'done')
  t.equal(verifications(), 0)
  t.same(replies, [])
})

t.test('an answer without an SP’s address is told as one of nobody on the list', async t => {
  const { answer, hear, claims, replies } = await opened()
  t.equal(hear(answer({ approvedSpOperatorAddress: 'nobody' })), 'done')
  t.same(claims, [])
  t.match(replies, [{ kind: 'fault', sp: undefined, why: 'not-listed' }])
})

t.test('an answer to no running ask is late; one that is no answer at all is a fault', async t => {
  const { answer, hear, late, replies, received, controller } = await opened()
  const good = answer()
  t.equal(hear(encodeTask(testTask('8', { approvedSignature: new Uint8Array(65) }))), 'done')
  controller.abort()
  t.equal(hear(good), 'done')
  t.same(
    late.map(([peer]) => peer),
    [PEER, PEER]
  )
  t.same(replies, [])
  t.equal(await received('late'), 2)
  t.equal(hear(Uint8Array.of(255)), 'fault')
  t.equal(hear({ ...good, approvedSignature: new Uint8Array(0) }), 'fault')
  t.equal(await received('malformed'), 2)
})

t.test('an ask is encoded once and sent as often as needed', async t => {
  const { conversation, sent } = await opened()
  await conversation.send(PEER)
  await conversation.send('another' as PeerIdString)
  t.equal(sent[0], sent[1])
  t.same(sent[0], encodeTask(conversation.task))
})

t.test('an ask that is over while it is signed does not take the place of the next one', async t => {
  const { conversations } = await opened()
  const over = new AbortController()
  const task = testTask('9', { askSpOperatorAddress: asker.operatorAddress })
  const listener = { screen: () => false, onReply: () => undefined }
  const opening = conversations.open({ key: taskKey(task.objectInfo), task }, listener, over)
  over.abort(new Error('cancelled'))
  await t.rejects(opening, { message: 'cancelled' })
})

t.test('a task with no room left for the answer is refused', async t => {
  const { conversations } = await opened()
  const task = testTask('10')
  const objectInfo = task.objectInfo && { ...task.objectInfo, objectName: 'x'.repeat(300_000) }
  const ask = { key: taskKey(objectInfo), task: { ...task, objectInfo } }
  const listener = { screen: () => false, onReply: () => undefined }
  await t.rejects(conversations.open(ask, listener, new AbortController()), BadTaskError)
})
