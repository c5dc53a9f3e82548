import { taskDigests } from '../../../src/codec/digest.js'
import { keccak256 } from '../../../src/codec/keccak.js'
import { decodeTask, encodeTask } from '../../../src/codec/task-codec.js'
import type { Height, PeerIdString, SpAddress } from '../../../src/domain/brands.js'
import type { GrantLimits } from '../../../src/domain/grant.js'
import type { PolicyDecision, PolicyFacts } from '../../../src/domain/policy-rules.js'
import type { SpEntry } from '../../../src/domain/registry.js'
import type { ObjectInfo, ReplicatePieceApprovalTask } from '../../../src/domain/task.js'
import {
  completeObjectInfo,
  completeStorageParams,
  EMPTY_TASK,
  EMPTY_TASK_INFO
} from '../../../src/domain/task-defaults.js'
import { ChainUnavailableError } from '../../../src/errors.js'
import { createGrantLedger, type GrantLedger } from '../../../src/grants/index.js'
import { BoundedSigner } from '../../../src/identity/bounded-signer.js'
import type { Signer, Verifier } from '../../../src/identity/index.js'
import { localSigner } from '../../../src/identity/local-signer.js'
import { createVerifier, signedBy } from '../../../src/identity/verifier.js'
import { silentLogger } from '../../../src/logger.js'
import { createMetrics, type Metrics } from '../../../src/metrics.js'
import { Approver, type ApproverDeps } from '../../../src/protocols/granting/approver.js'
import type { DecisionDetail } from '../../../src/protocols/granting/decision-report.js'
import { AnswerMaker } from '../../../src/protocols/v0/answer.js'
import { inboundAsk } from '../../../src/protocols/v0/inbound-asks.js'
import type { InboundAsk, Verdict } from '../../../src/protocols/wire.js'
import type { ApprovalStore } from '../../../src/store/index.js'
import { memoryStore } from '../../../src/store/memory.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'
import { createTrust, type LegacyMode, type Pins } from '../../../src/trust/index.js'

export const NOW = 1_800_000_000n
export const HEIGHT = 1_000n as Height

const signers = [1, 2, 3, 4, 5].map(n => localSigner(keccak256(Buffer.from(`approver test ${n}`))))
export const signerOf = (n: number): (typeof signers)[number] => signers[n] ?? fail(`no SP ${n}`)
/** SP 0 approves, the others ask. */
export const sp = (n: number): SpAddress => signerOf(n).operatorAddress
export const node = (n: number): PeerIdString => `node-${n}` as PeerIdString

const verifier = createVerifier()

export interface AskChanges {
  readonly id?: string
  readonly createTime?: bigint
  readonly object?: Partial<ObjectInfo>
  readonly chunks?: number
  readonly task?: Partial<ReplicatePieceApprovalTask>
  readonly from?: PeerIdString
  /** Who signs; default the asker. */
  readonly signedBy?: number
  readonly spelling?: 'long' | 'short'
  readonly signature?: (signature: Buffer) => Uint8Array
}

/** A message as the wire takes it in, and the task it decodes to. */
export interface Asked {
  readonly from: PeerIdString
  readonly addressBlock: string
  readonly arrivedAt: number
  readonly bytes: Uint8Array
  readonly task: ReplicatePieceApprovalTask
}

/** An ask of SP `n` as it comes from its node. */
export function ask(n: number, changes: AskChanges = {}): Asked {
  const unsigned: ReplicatePieceApprovalTask = {
    ...EMPTY_TASK,
    task: { ...EMPTY_TASK_INFO, createTime: changes.createTime ?? NOW },
    objectInfo: completeObjectInfo({
      bucketName: 'b',
      objectName: 'o',
      id: changes.id ?? '1',
      payloadSize: 400n,
      ...changes.object
    }),
    storageParams: completeStorageParams({
      versionedParams: {
        maxSegmentSize: 16n << 20n,
        redundantDataChunkNum: changes.chunks ?? 4,
        redundantParityChunkNum: 2,
        minChargeSize: 1n << 20n
      }
    }),
    askSpOperatorAddress: sp(n),
    ...changes.task
  }
  const digests = taskDigests({ ...unsigned, expiredHeight: 0n }, 0n)
  const digest = changes.spelling === 'short' ? digests[1] : digests[0]
  const good = Buffer.from(
    signerOf(changes.signedBy ?? n).sign(digest ?? fail('no digest'), { type: 'task', message: unsigned }) as Uint8Array
  )
  const task = { ...unsigned, askSignature: changes.task?.askSignature ?? changes.signature?.(good) ?? good }
  return { from: changes.from ?? node(n), addressBlock: '192.0.2.0/24', task, bytes: encodeTask(task), arrivedAt: 0 }
}

export interface Fixture {
  readonly approver: Approver
  readonly ledger: GrantLedger
  readonly store: ApprovalStore
  readonly clock: FakeClock
  readonly metrics: Metrics
  readonly entries: Map<SpAddress, SpEntry>
  readonly decisions: DecisionDetail[]
  /** What the next calls find; and how often the expensive ones were made. */
  readonly state: {
    height: Height | undefined
    listDown: boolean
    limits: GrantLimits
    rates: { perSp: number; total: number; perOpenSp: number }
    decide: (facts: PolicyFacts) => PolicyDecision | Promise<PolicyDecision>
    sign: Signer['sign']
    verifications: number
    policies: number
    signatures: number
  }
  /** What the approver decides on the ask. */
  judge(ask: Asked): Promise<Verdict>
  /** What 0.0.1 sends for that. */
  answer(ask: Asked): Promise<Uint8Array | undefined>
  /** The code of the last decision, `approve` for an approval. */
  last(): string
  result(name: string): Promise<number>
}

export const approve: PolicyDecision = { outcome: 'approve', rule: 'test', reason: 'yes' }

export interface ApproverChanges extends Partial<ApproverDeps> {
  readonly legacyMode?: LegacyMode
  readonly pins?: Pins
}

/** An approver that is real in everything but time, list and height. */
export async function approverFixture(
  { legacyMode = 'auto', pins = new Map(), ...changes }: ApproverChanges = {},
  given?: ApprovalStore
): Promise<Fixture> {
  const store = given ?? memoryStore()
  await store.open()
  const clock = fakeClock(Number(NOW) * 1_000)
  const metrics = createMetrics()
  const decisions: DecisionDetail[] = []
  const state: Fixture['state'] = {
    height: HEIGHT,
    listDown: false,
    limits: {
      capacityBytes: 10_000n,
      keepFreeBytes: 0n,
      perAskerPercent: 25n,
      perAskerGrants: 2_048,
      totalGrants: 65_536
    },
    rates: { perSp: 1_000, total: 100_000, perOpenSp: 100 },
    decide: () => approve,
    sign: (digest, subject) => signerOf(0).sign(digest, subject),
    verifications: 0,
    policies: 0,
    signatures: 0
  }
  const entries = new Map<SpAddress, SpEntry>(
    signers.map((signer, n) => [
      signer.operatorAddress,
      {
        operatorAddress: signer.operatorAddress,
        approvalAddress: '',
        endpoint: '',
        status: 'IN_SERVICE',
        nodes: [{ peerId: node(n), addresses: [] }]
      }
    ])
  )
  const ledger = createGrantLedger({ store, limits: () => state.limits, clock })
  await ledger.start()
  const signer: Signer = {
    sign: (digest, subject) => {
      state.signatures++
      return state.sign(digest, subject)
    }
  }
  const counting: Verifier = {
    backend: verifier.backend,
    recover: (digest, signature) => {
      state.verifications++
      return verifier.recover(digest, signature)
    }
  }
  const bounded = { signer, operatorAddress: sp(0), verifier: counting, clock: changes.clock ?? clock }
  const answers = new AnswerMaker(sp(0), new BoundedSigner(bounded))
  const approver = new Approver({
    operatorAddress: sp(0),
    backend: counting.backend,
    registry: {
      list: () => [...entries.values()],
      get: address => {
        if (state.listDown) throw new ChainUnavailableError('no list')
        return entries.get(address)
      },
      onChange: () => () => undefined
    },
    heights: {
      height: () => state.height ?? fail('no height')
    },
    policy: {
      decide: async facts => {
        state.policies++
        return await state.decide(facts)
      },
      limits: () => state.limits,
      rates: () => state.rates,
      describe: () => []
    },
    ledger,
    clock,
    logger: silentLogger,
    metrics,
    trust: createTrust({ mode: legacyMode, pins, entryOf: address => entries.get(address) }),
    lifeBlocks: 900n,
    maxLifeBlocks: 10_000n,
    onDecision: detail => decisions.push(detail),
    ...changes
  })
  const decided = async (asked: Asked): Promise<readonly [InboundAsk, Verdict]> => {
    const inbound = inboundAsk(asked, asked.task, counting, answers)
    return [inbound, await approver.handle(inbound)]
  }
  return {
    approver,
    judge: async asked => (await decided(asked))[1],
    answer: async asked => answers.answerTo(...(await decided(asked))),
    ledger,
    store,
    clock,
    metrics,
    entries,
    decisions,
    state,
    last: () => {
      const decision = decisions.at(-1)?.decision
      return decision === undefined ? 'none' : decision.outcome === 'approve' ? 'approve' : decision.code
    },
    result: async name => {
      const { values } = await metrics.requestsReceived.get()
      return values.find(value => value.labels.result === name)?.value ?? 0
    }
  }
}

/** What the list says of SP `n`. */
export const entry = (f: Fixture, n: number): SpEntry => f.entries.get(sp(n)) ?? fail('not listed')

/** The answer's task, when it is the ask with fields 7, 8 and 10 set by SP 0, signed. */
export function checkedAnswer(bytes: Uint8Array | undefined, { task }: Asked): ReplicatePieceApprovalTask {
  if (bytes === undefined) return fail('expected an answer, got none')
  const answer = decodeTask(bytes)
  const stripped = { ...answer, approvedSpOperatorAddress: '', approvedSignature: new Uint8Array(0), expiredHeight: 0n }
  if (Buffer.compare(encodeTask(stripped), encodeTask(task)) !== 0) return fail('the answer is not the ask')
  if (answer.approvedSpOperatorAddress !== sp(0)) return fail('another approver')
  const good = signedBy(verifier, taskDigests(task, answer.expiredHeight), answer.approvedSignature, sp(0))
  return good ? answer : fail('a bad signature')
}

export function fail(message: string): never {
  throw new Error(message)
}
