import t from 'tap'
import { parseSpAddress } from '../../src/codec/address.js'
import { askDigest, taskDigests } from '../../src/codec/digest.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { taskSignBytes } from '../../src/codec/sign-bytes.js'
import { decodeTask, encodeTask } from '../../src/codec/task-codec.js'
import { taskInfoLine } from '../../src/codec/task-info.js'
import { taskFromJson, taskToJson } from '../../src/codec/task-json.js'
import { lifeBlocks } from '../../src/domain/expiry.js'
import type { ReplicatePieceApprovalTask } from '../../src/domain/task.js'
import { taskKey } from '../../src/domain/task-key.js'
import { localSigner } from '../../src/identity/local-signer.js'
import { createVerifier, signedBy } from '../../src/identity/verifier.js'
import { backends } from '../identity/backends.js'
import { type Compare, fromHex, hex, holdRows, readRows, text } from './rows.js'

interface Role {
  readonly sign_bytes: string
  readonly keccak: string
  readonly signature: string
  readonly verify: 'accept' | 'refuse'
  readonly wire: string
}

interface Row {
  readonly task: object
  readonly unsigned_wire: string
  readonly key: string
  readonly info: string
  readonly life_blocks: string
  readonly ask_key: number
  readonly ask: Role
  readonly approve_key: number
  readonly approval: Role & { readonly expired_height: string }
}

interface ExpiryRow {
  readonly payload_size: string
  readonly redundant_data_chunk_num: number
  readonly life_blocks: string
}

const keys = readRows<{ readonly private_key: string; readonly operator_address: string }>('keys.json')
const PANIC = 'PANIC'
/** The line of a task without a task message, where Go ends: the empty message's values. */
const emptyInfo = (key: string): string =>
  `key[${key}], type[ReplicatePieceApprovalTask], priority[0], limit[tasks:1 tasks_low_priority:1 ], expiedHeight[0], ` +
  'create[0], update[0], timeout[0], retry[0], max_retry[0], runner[], error[null]'

t.test('tasks, asks and approvals are read, written, signed and verified as Go does', t =>
  holdRows<Row>(t, 'task.json', (row, compare) => {
    const task = taskFromJson(row.task)
    compare('unsigned_wire', hex(encodeTask(task)), row.unsigned_wire)
    compare('task', taskToJson(decodeTask(fromHex(row.unsigned_wire))), row.task)
    compare('key', taskKey(task.objectInfo), row.key)
    compare('info', taskInfoLine(task), row.info.startsWith(PANIC) ? emptyInfo(row.key) : row.info)
    const { payloadSize = 0n } = task.objectInfo ?? {}
    const { redundantDataChunkNum = 0 } = task.storageParams?.versionedParams ?? {}
    compare('life_blocks', blocks(payloadSize, redundantDataChunkNum), row.life_blocks)

    const ask = { ...task, askSignature: fromHex(row.ask.signature) }
    checkRole('ask', ask, ask.askSpOperatorAddress, ask.askSignature, row.ask, row.ask_key, compare)
    compare('ask.keccak of the ask digest', askDigest(ask), row.ask.keccak)

    const approval = {
      ...ask,
      approvedSpOperatorAddress: keys[row.approve_key]?.operator_address ?? '',
      approvedSignature: fromHex(row.approval.signature),
      expiredHeight: BigInt(row.approval.expired_height)
    }
    const { approvedSpOperatorAddress, approvedSignature } = approval
    checkRole(
      'approval',
      approval,
      approvedSpOperatorAddress,
      approvedSignature,
      row.approval,
      row.approve_key,
      compare
    )
    compare('ask digest of the approval', askDigest(approval), row.ask.keccak)
  })
)

function checkRole(
  role: string,
  task: ReplicatePieceApprovalTask,
  operatorAddress: string,
  signature: Uint8Array,
  row: Role,
  key: number,
  compare: Compare
): void {
  compare(`${role}.wire`, hex(encodeTask(task)), row.wire)
  const decoded = decodeTask(fromHex(row.wire))
  compare(`${role}.wire read back`, taskToJson(decoded), taskToJson(task))
  compare(`${role}.sign_bytes`, text(taskSignBytes(decoded)), row.sign_bytes)
  compare(`${role}.keccak`, hex(keccak256(taskSignBytes(decoded))), row.keccak)
  const address = parseSpAddress(operatorAddress)
  for (const backend of backends) {
    const signer = localSigner(keys[key]?.private_key ?? '', backend)
    const signed = signer.sign(fromHex(row.keccak), { type: 'task', message: decoded }) as Uint8Array
    compare(`${role}.signature (${backend.name})`, hex(signed), row.signature)
    const accepted =
      address !== undefined && signedBy(createVerifier(backend), taskDigests(decoded), signature, address)
    compare(`${role}.verify (${backend.name})`, accepted ? 'accept' : 'refuse', row.verify)
  }
}

t.test('an approval lives as many blocks as Go gives it, and where Go divides by zero there is no number', t =>
  holdRows<ExpiryRow>(t, 'expiry.json', (row, compare) => {
    compare('life_blocks', blocks(BigInt(row.payload_size), row.redundant_data_chunk_num), row.life_blocks)
  })
)

function blocks(payloadSize: bigint, chunks: number): string {
  const life = lifeBlocks(payloadSize, chunks)
  return life === undefined ? `${PANIC}: runtime error: integer divide by zero` : `${life}`
}
