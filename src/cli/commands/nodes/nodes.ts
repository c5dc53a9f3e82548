import { chainMode } from '../../../config/index.js'
import { keysOf } from '../../../config/module-options.js'
import {
  type CoordinatorConnector,
  localSigner,
  NotFoundError,
  parseBootstrap,
  parsePeerId,
  peerIdOf,
  type SpAddress,
  type SpNode
} from '../../../index.js'
import { UsageError } from '../../shell/fail.js'
import { configOf, type GlobalOptions } from '../../shell/options.js'
import { printJson, printTable } from '../../shell/output.js'

export interface RmOptions extends GlobalOptions {
  readonly all?: boolean
}

/** This SP at its coordinator. */
interface Own {
  readonly chain: CoordinatorConnector
  readonly sp: SpAddress
  /** Peer id of the node of this configuration. */
  readonly self: string
  /** What the list says of this SP. @throws NotFoundError | ChainUnavailableError */
  nodes(): readonly SpNode[]
}

export const listNodes = (options: GlobalOptions): Promise<void> =>
  withCoordinator(options, async own => show(own, options))

export const replaceNodes = (options: GlobalOptions, ...named: unknown[]): Promise<void> =>
  withCoordinator(options, async own => {
    const listed = own.nodes()
    const wanted = named.flat().filter(name => name !== undefined)
    const nodes = (wanted.length > 0 ? wanted : [own.self]).map(name => nodeOf(String(name), listed))
    await own.chain.replaceNodes(nodes)
    await show(own, options)
  })

export const removeNodes = (options: RmOptions, ...named: unknown[]): Promise<void> =>
  withCoordinator(options, async own => {
    const peerIds = named.flat().map(name => {
      const node = own.nodes().find(({ peerId }) => peerId === name)
      if (node === undefined) throw new NotFoundError('node of this SP', String(name))
      return node.peerId
    })
    const all = options.all === true
    if (all === peerIds.length > 0) throw new UsageError('nodes rm: expected peer ids or --all')
    if (!all && own.nodes().every(({ peerId }) => peerIds.includes(peerId))) {
      throw new UsageError('nodes rm: these are all nodes of this SP; expected --all, which takes it off the list')
    }
    await own.chain.leave(peerIds)
    if (!all) return show(own, options)
    if (options.json === true) printJson({ sp: own.sp, nodes: [] })
    else printTable([], [], 'this SP is off the list; a node of it that still runs joins again')
  })

/** Reads the list first: nothing is sent to a coordinator that is unreachable or whose signature is wrong. */
async function withCoordinator(options: GlobalOptions, work: (own: Own) => Promise<void>): Promise<void> {
  const config = await configOf(options)
  if (chainMode(config) !== 'coordinator') {
    throw new UsageError(
      `nodes: expected [Chain] Mode = 'coordinator', got '${chainMode(config)}', where the nodes stand in the list itself`
    )
  }
  const { coordinatorOf } = await import('../../../config/coordinator.js')
  const { operator, node } = await keysOf(config, { create: false })
  const signer = localSigner(operator)
  const sp = signer.operatorAddress
  const chain = coordinatorOf(config, { signer })
  const nodes = (): readonly SpNode[] => {
    const entry = chain.registry.get(sp)
    if (entry === undefined) throw new NotFoundError('SP on the list', sp)
    return entry.nodes
  }
  await chain.start()
  try {
    await work({ chain, sp, self: peerIdOf(node), nodes })
  } finally {
    await chain.stop()
  }
}

async function show({ chain, sp, self, nodes }: Own, { json }: GlobalOptions): Promise<void> {
  await chain.refresh()
  const shown = nodes().map(node => ({ ...node, self: node.peerId === self }))
  if (json === true) return printJson({ sp, nodes: shown })
  const rows = shown.map(node => [node.peerId, node.self ? 'yes' : '', node.addresses[0] ?? '-'])
  printTable(['PEER', 'SELF', 'ADDRESS'], rows, 'no nodes listed')
}

/** @throws UsageError */
function nodeOf(name: string, listed: readonly SpNode[]): SpNode {
  if (name.includes('@')) {
    const { peerId, address } = parseBootstrap(name)
    return { peerId, addresses: [address] }
  }
  const peerId = parsePeerId(name)
  const node = listed.find(one => one.peerId === peerId)
  if (node !== undefined) return node
  throw new UsageError(`nodes replace: expected a node that is listed, or PEERID@HOST:PORT, got "${name}"`)
}
