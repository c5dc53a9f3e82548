/** One SP in a process of its own, whose clock the parent sets: `node clock-node.js DIR OPERATOR_KEY_HEX MS_AHEAD`. */
import { createP2PModule, localSigner, parseKeyHex, SpApprovalError, type SpEntry } from '../../src/index.js'
import { testChain } from '../../src/testing/index.js'

export type ToClockNode =
  | { readonly do: 'list'; readonly entries: readonly SpEntry[] }
  | { readonly do: 'clock'; readonly msAhead: number }
  | { readonly do: 'ask'; readonly id: string; readonly timeoutMs: number }
  | { readonly do: 'stop' }

export type FromClockNode =
  | { readonly entry: SpEntry }
  | { readonly done: ToClockNode['do'] }
  | { readonly code: string; readonly retryAfterMs: number | undefined }

const [, , dataDir, key, ahead] = process.argv
if (dataDir === undefined || key === undefined) throw new Error('usage: clock-node.js DIR OPERATOR_KEY_HEX MS_AHEAD')

const machineNow = Date.now
let msAhead = Number(ahead)
Date.now = () => machineNow() + msAhead

const chain = testChain()
const signer = localSigner(parseKeyHex(key))
const { operatorAddress } = signer
const module = await createP2PModule({
  operatorAddress,
  signer,
  chain: chain.connector(operatorAddress, { namePeers: false }),
  dataDir,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  allowPrivate: true,
  dht: 'off'
})
await module.start()
const { peerId, addresses } = module.overview()
if (peerId === undefined) throw new Error('expected a started module')

const tell = (message: FromClockNode): void => void process.send?.(message)

async function obey(message: ToClockNode): Promise<void> {
  if (message.do === 'clock') msAhead = message.msAhead
  else if (message.do === 'list') {
    for (const entry of message.entries) chain.put(entry)
    await module.waitForSps(1)
  } else if (message.do === 'ask') {
    const task = module.createTask({ bucketName: 'b', objectName: 'o', id: message.id, payloadSize: 1n })
    await module.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: message.timeoutMs })
  } else {
    await module.stop()
    setImmediate(() => process.disconnect())
  }
}

process.on('message', (message: ToClockNode) => {
  obey(message).then(
    () => tell({ done: message.do }),
    (error: unknown) =>
      error instanceof SpApprovalError
        ? tell({ code: error.code, retryAfterMs: error.retryAfterMs })
        : tell({ code: String(error), retryAfterMs: undefined })
  )
})
process.on('disconnect', () => process.exit(0))
tell({
  entry: { operatorAddress, approvalAddress: '', endpoint: '', status: 'IN_SERVICE', nodes: [{ peerId, addresses }] }
})
