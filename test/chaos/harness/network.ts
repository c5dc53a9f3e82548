import { type Coordinator, createCoordinator } from '../../../src/coordinator/index.js'
import { createKey, operatorAddressOf, type SpAddress } from '../../../src/index.js'
import { type ChainSpec, NETWORK } from './chains.js'
import type { Coverage, NodeInfo, NodeSpec } from './nodes.js'
import type { Scope } from './scope.js'
import type { Worker } from './worker.js'

export interface NetworkSp {
  readonly address: SpAddress
  readonly operatorKey: Uint8Array
}

export const createSps = (count: number): NetworkSp[] =>
  Array.from({ length: count }, () => createKey()).map(operatorKey => ({
    operatorKey,
    address: operatorAddressOf(operatorKey)
  }))

/** A coordinator in this process that anyone may join. */
export interface Network {
  readonly coordinator: Coordinator
  readonly url: string
  /** @param hide peer ids that a node is not told of */
  chain(hide?: readonly string[]): ChainSpec
}

export async function createNetwork(scope: Scope): Promise<Network> {
  const coordinator = createCoordinator({
    network: NETWORK,
    dataDir: await scope.folder(),
    key: createKey(),
    open: true
  })
  const { url } = await coordinator.start()
  scope.defer(() => coordinator.stop())
  return {
    coordinator,
    url,
    chain: (hide = []) => ({ kind: 'coordinator', url, publicKey: coordinator.publicKey, hide })
  }
}

/** Nodes and the worker each is to run in. */
export type Plan = ReadonlyMap<Worker, readonly NodeSpec[]>

/** Starts the first node alone, then the others with its address as their only bootstrap entry. */
export async function startAll(plan: Plan): Promise<NodeInfo[]> {
  const [[firstWorker, firstSpecs] = []] = [...plan]
  const [first, ...rest] = firstSpecs ?? []
  if (firstWorker === undefined || first === undefined) throw new RangeError('expected at least one node')
  const [begun] = await firstWorker.call('start', [first])
  const bootstrap = begun === undefined ? [] : [begun.bootstrap]
  const others = await Promise.all(
    [...plan].map(([worker, specs]) =>
      worker.call(
        'start',
        (worker === firstWorker ? rest : specs).map(spec => ({ ...spec, bootstrap }))
      )
    )
  )
  return [begun, ...others.flat()].flatMap(info => info ?? [])
}

/** Deals nodes out, one to each worker in turn. */
export const dealt = (specs: readonly NodeSpec[], workers: readonly Worker[]): Plan =>
  new Map(workers.map((worker, hand) => [worker, specs.filter((_, index) => index % workers.length === hand)]))

export const coverage = async (workers: readonly Worker[]): Promise<Coverage[]> =>
  (await Promise.all(workers.map(worker => worker.call('coverage')))).flat()

const LOOK_MS = 500

/** Seconds until `done`, or `undefined` when that takes longer than the limit. Looked at twice a second. */
export async function secondsUntil(
  limitMs: number,
  done: (elapsedMs: number) => Promise<boolean> | boolean
): Promise<number | undefined> {
  const begun = performance.now()
  for (;;) {
    const elapsed = performance.now() - begun
    if (await done(elapsed)) return elapsed / 1_000
    if (elapsed > limitMs) return undefined
    await pause(LOOK_MS)
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))
