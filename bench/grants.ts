import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { taskDigests } from '../src/codec/digest.js'
import { decodeTask, encodeTask } from '../src/codec/task-codec.js'
import type { Height, PeerIdString, SpAddress } from '../src/domain/brands.js'
import type { SpEntry } from '../src/domain/registry.js'
import type { ReplicatePieceApprovalTask } from '../src/domain/task.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK, EMPTY_TASK_INFO } from '../src/domain/task-defaults.js'
import { createGrantLedger } from '../src/grants/index.js'
import { BoundedSigner } from '../src/identity/bounded-signer.js'
import { localSigner } from '../src/identity/local-signer.js'
import { createVerifier } from '../src/identity/verifier.js'
import { createKey } from '../src/index.js'
import { systemClock } from '../src/kit/clock.js'
import { silentLogger } from '../src/logger.js'
import { createMetrics } from '../src/metrics.js'
import { defaultPolicy } from '../src/policy/default-policy.js'
import type { ApprovalPolicy } from '../src/policy/index.js'
import { type Approver, createApprover } from '../src/protocols/granting/approver.js'
import { AnswerMaker } from '../src/protocols/v0/answer.js'
import { inboundAsk } from '../src/protocols/v0/inbound-ask.js'
import { levelStore } from '../src/store/level.js'
import { createTrust } from '../src/trust/index.js'
import { type Figure, figure } from './figures.js'

/** The Go original signs so many on the same machine: one at a time, and 32 in flight. */
const GO = new Map([
  [1, 1_190],
  [32, 1_810]
])
const IN_FLIGHT = [1, 32, 128]
const JUDGED = 32
const GOAL = 5_000
const ROUNDS = 7
const ASKERS = 8

/**
 * Grants as a peer causes them, without the sockets: decode, verify, decide, sign, journal synced to LevelDB, answer.
 * Once by the clock and once by the CPU time of all threads: on a busy machine only the second one is ours.
 */
export async function grants({ asks = 2_000 }: { readonly asks?: number } = {}): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const inFlight of IN_FLIGHT) {
    const { wall, cpu } = await measure(inFlight, inFlight === 1 ? Math.ceil(asks / 4) : asks)
    const go = GO.get(inFlight)
    const name = `grants, ${inFlight} in flight${go === undefined ? '' : ` (Go ${go}/s)`}`
    const judged = inFlight === JUDGED
    const goal = judged ? `≥ ${GOAL}` : 'reference'
    const judge = (median: number): boolean => !judged || median >= GOAL
    figures.push(figure(name, '1/s', wall, goal, judge), figure(`${name}, by CPU`, '1/s of CPU', cpu, goal, judge))
  }
  return figures
}

/** Samples of one store; the first round warms up and is not among them. */
async function measure(inFlight: number, count: number): Promise<{ wall: number[]; cpu: number[] }> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-grants-'))
  const store = levelStore({ dir })
  const policy = generous()
  const ledger = createGrantLedger({ store, limits: () => policy.limits(), clock: systemClock })
  try {
    await store.open()
    await ledger.start()
    const approver = approverOf(ledger, policy)
    const wall: number[] = []
    const cpu: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const asks = Array.from({ length: count }, (_, i) => signedAsk(round * count + i))
      const begun = performance.now()
      const used = process.cpuUsage()
      await grantAll(approver, asks, inFlight)
      const { user, system } = process.cpuUsage(used)
      if (round === 0) continue
      wall.push((count / (performance.now() - begun)) * 1_000)
      cpu.push((count / (user + system)) * 1_000_000)
    }
    await approver.stop()
    return { wall, cpu }
  } finally {
    await ledger.stop()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function grantAll(approver: Approver, asks: readonly Asked[], inFlight: number): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (let ask = asks[next++]; ask !== undefined; ask = asks[next++]) {
      const task = decodeTask(ask.bytes)
      const message = { from: ask.from, addressBlock: '', bytes: ask.bytes, arrivedAt: performance.now() }
      const inbound = inboundAsk(message, task, verifier, answers)
      const answer = answers.answerTo(inbound, await approver.handle(inbound))
      if (answer === undefined) throw new Error('expected a grant, got none')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work))
}

interface Asked {
  readonly from: PeerIdString
  readonly bytes: Uint8Array
}

const own = localSigner(createKey())
const verifier = createVerifier()
const answers = new AnswerMaker(
  own.operatorAddress,
  new BoundedSigner({ signer: own, operatorAddress: own.operatorAddress, verifier, clock: systemClock })
)
const askers = Array.from({ length: ASKERS }, (_, n) => ({
  signer: localSigner(createKey()),
  peerId: `bench-${n}` as PeerIdString
}))

function signedAsk(n: number): Asked {
  const { signer, peerId } = askers[n % ASKERS] as (typeof askers)[number]
  const message: ReplicatePieceApprovalTask = {
    ...EMPTY_TASK,
    task: { ...EMPTY_TASK_INFO, createTime: BigInt(Math.floor(systemClock.now() / 1_000)) },
    objectInfo: completeObjectInfo({
      bucketName: 'bench',
      objectName: `object-${n}`,
      id: String(n + 1),
      payloadSize: 1n << 24n,
      checksums: Array.from({ length: 7 }, () => new Uint8Array(32))
    }),
    storageParams: completeStorageParams(),
    askSpOperatorAddress: signer.operatorAddress
  }
  const [digest] = taskDigests(message, 0n)
  if (digest === undefined) throw new Error('expected a digest')
  const askSignature = signer.sign(digest, { type: 'task', message })
  if (!(askSignature instanceof Uint8Array)) throw new Error('expected a local signature')
  return { from: peerId, bytes: encodeTask({ ...message, askSignature }) }
}

/** The default policy, without the limits that a bench would run into. */
function generous(): ApprovalPolicy {
  const policy = defaultPolicy()
  const many = Number.POSITIVE_INFINITY
  return {
    decide: (...facts) => policy.decide(...facts),
    limits: () => ({ ...policy.limits(), capacityBytes: 1n << 60n, perAskerGrants: many, totalGrants: many }),
    rates: () => ({ perSp: many, perOpenSp: many, total: many }),
    describe: () => policy.describe()
  }
}

function approverOf(ledger: ReturnType<typeof createGrantLedger>, policy: ApprovalPolicy): Approver {
  const entries = new Map<SpAddress, SpEntry>(
    askers.map(({ signer: { operatorAddress }, peerId }) => {
      const nodes = [{ peerId, addresses: [] }]
      return [operatorAddress, { operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes }]
    })
  )
  return createApprover({
    operatorAddress: own.operatorAddress,
    backend: verifier.backend,
    registry: { list: () => [...entries.values()], get: sp => entries.get(sp), onChange: () => () => undefined },
    heights: { height: () => 1_000n as Height },
    policy,
    ledger,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
    trust: createTrust({ mode: 'auto', pins: new Map(), entryOf: sp => entries.get(sp) }),
    lifeBlocks: 900n,
    maxLifeBlocks: 10_000n,
    onDecision: () => undefined
  })
}
