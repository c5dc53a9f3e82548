import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { coordinatorChain } from '../../src/chain/coordinator/index.js'
import { type Join, joinBytes, type Leave, leaveBytes } from '../../src/chain/coordinator/messages.js'
import { keccak256 } from '../../src/codec/keccak.js'
import { type Coordinator, type CoordinatorOptions, createCoordinator } from '../../src/coordinator/index.js'
import { secp256k1Backend } from '../../src/identity/backend.js'
import { localSigner } from '../../src/identity/local-signer.js'
import type { Clock } from '../../src/kit/clock.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { keyOf, node, sp } from '../chain/entries.js'

export const COORDINATOR_KEY = keyOf(200)
export const TOKEN = 'a-join-token-for-tests'

export const addressOf = (n: number) => sp(n).operatorAddress

export async function folderOf(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sp-coordinator-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Running {
  readonly coordinator: Coordinator
  readonly url: string
  readonly dataDir: string
}

/** A coordinator that SPs 1 to 5 may join, stopped with the test. */
export async function running(t: Test, options: Partial<CoordinatorOptions> = {}): Promise<Running> {
  const dataDir = options.dataDir ?? (await folderOf(t))
  const coordinator = createCoordinator({
    network: 'local',
    key: COORDINATOR_KEY,
    allow: [1, 2, 3, 4, 5].map(addressOf),
    dataDir,
    ...options
  })
  t.teardown(() => coordinator.stop())
  return { coordinator, dataDir, ...(await coordinator.start()) }
}

const sign = (bytes: Uint8Array, key: Uint8Array): string =>
  `0x${Buffer.from(secp256k1Backend().sign(keccak256(bytes), key)).toString('hex')}`

/** A signed join of the n-th SP with its node. */
export function joinOf(n: number, coordinator: Coordinator, clock: Clock, fields: Partial<Join> = {}, key = keyOf(n)) {
  const body: Join = {
    network: 'local',
    coordinator: coordinator.publicKey,
    operatorAddress: addressOf(n),
    approvalAddress: '',
    endpoint: `http://sp${n}.example.com`,
    nodes: [node(n)],
    replace: false,
    serial: clock.now(),
    time: clock.now(),
    ...fields
  }
  return { ...body, signature: sign(joinBytes(body), key) }
}

export function leaveOf(n: number, coordinator: Coordinator, clock: Clock, fields: Partial<Leave> = {}) {
  const body: Leave = {
    network: 'local',
    coordinator: coordinator.publicKey,
    operatorAddress: addressOf(n),
    peerIds: [],
    serial: clock.now(),
    time: clock.now(),
    ...fields
  }
  return { ...body, signature: sign(leaveBytes(body), keyOf(n)) }
}

export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly body: { readonly [key: string]: unknown; readonly detail?: string }
}

export async function request(
  url: string,
  body?: unknown,
  { method = 'POST', token }: { readonly method?: string; readonly token?: string } = {}
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url, {
    method: body === undefined && method === 'POST' ? 'GET' : method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
    },
    ...(body === undefined ? {} : { body: text })
  })
  const answer = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: answer === '' ? {} : JSON.parse(answer)
  }
}

/** What the signed document says; clients check the signature, see test/chain. */
export async function stateOf(url: string) {
  const { body } = await request(`${url}/v1/state`)
  return JSON.parse(String(body.payload)) as {
    sequence: string
    height: string
    entries: { operatorAddress: string; status: string; reachable: boolean; nodes: { peerId: string }[] }[]
  }
}

/** The connector of the n-th SP, stopped with the test. */
export function clientOf(t: Test, n: number, url: string, publicKey: string, fields: object = {}) {
  const chain = coordinatorChain({
    url,
    publicKey,
    network: 'local',
    operatorAddress: addressOf(n),
    sign: localSigner(keyOf(n)),
    clock: fakeClock(),
    ...fields
  })
  t.teardown(() => chain.stop())
  return chain
}

/** Resolves once `holds` does: for what happens on sockets after the fake clock has moved. */
export async function eventually(holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  while (!(await holds())) {
    signal.throwIfAborted()
    await setImmediate()
  }
}
