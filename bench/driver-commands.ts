import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { ANSWER_PROTOCOL, ASK_PROTOCOL, PING_PROTOCOL, PONG_PROTOCOL } from '../src/constants.js'
import type { ReplicatePieceApprovalTask } from '../src/domain/task.js'
import { completeObjectInfo, completeStorageParams, EMPTY_TASK, EMPTY_TASK_INFO } from '../src/domain/task-defaults.js'
import { createKey, localSigner, type SpEntry } from '../src/index.js'
import { askOf, type Identity } from '../test/chaos/harness/attacker.js'
import { within } from '../test/protocols/v0/harness.js'
import { type RawPeer, rawPeer, wholeStream } from '../test/protocols/v0/raw-peer.js'

const PAYLOAD_BYTES = 1n << 24n
const CHECKSUMS = 7
const ANSWER_TIMEOUT_MS = 20_000

/** Peers that send signed asks as bytes and count the answers: cheaper than the approver, which is to be the bottleneck. */
export function createDriverCommands() {
  const drivers: Driver[] = []
  let prepared: Uint8Array[][] = []
  let objects = 0

  return {
    /** Starts peers that each speak for an SP of their own. */
    async start(count: number): Promise<SpEntry[]> {
      for (let i = 0; i < count; i++) drivers.push(await Driver.start())
      return drivers.map(driver => driver.entry)
    },
    /** All peers connect to the SP that is asked from now on. */
    async connect(entry: SpEntry): Promise<void> {
      await Promise.all(drivers.map(driver => driver.connect(entry)))
    },
    /** Signs the asks that the next `send` sends, each for another object. */
    async prepare(count: number): Promise<void> {
      prepared = await Promise.all(
        drivers.map(async ({ signer }, index) => {
          const share = Math.floor((count + index) / drivers.length)
          return Promise.all(Array.from({ length: share }, () => askOf(signer, askFor(++objects))))
        })
      )
    },
    /** Sends what is prepared, `inFlight` asks at a time over all peers; resolves after the last answer. */
    async send(inFlight: number): Promise<void> {
      const queues = prepared.map(asks => asks.values())
      const lanes = Array.from({ length: inFlight }, async (_, lane) => {
        const index = lane % drivers.length
        for (const ask of queues[index] ?? []) await drivers[index]?.ask(ask)
      })
      await Promise.all(lanes)
    }
  }
}

const askFor = (object: number): ReplicatePieceApprovalTask => ({
  ...EMPTY_TASK,
  task: EMPTY_TASK_INFO,
  objectInfo: completeObjectInfo({
    bucketName: 'bench',
    objectName: `object-${object}`,
    id: String(object),
    payloadSize: PAYLOAD_BYTES,
    checksums: Array.from({ length: CHECKSUMS }, () => new Uint8Array(32))
  }),
  storageParams: completeStorageParams()
})

class Driver {
  readonly signer: Identity
  readonly entry: SpEntry
  readonly #peer: RawPeer
  /** Asks without an answer, oldest first; one answer is as good as another. */
  readonly #waiting: Waiting
  #connection: Connection | undefined

  private constructor(signer: Identity, peer: RawPeer, waiting: Waiting) {
    this.signer = signer
    this.#peer = peer
    this.#waiting = waiting
    const addresses = peer.libp2p.getMultiaddrs().map(address => String(address).replace(/\/p2p\/.*/, ''))
    this.entry = {
      operatorAddress: signer.operatorAddress,
      approvalAddress: '',
      endpoint: '',
      status: 'IN_SERVICE',
      nodes: [{ peerId: peer.id, addresses }]
    }
  }

  static async start(): Promise<Driver> {
    const waiting: Waiting = []
    const peer = await rawPeer({
      identify: true,
      protocols: [PING_PROTOCOL, PONG_PROTOCOL, ASK_PROTOCOL, ANSWER_PROTOCOL],
      onStream: (protocol, stream) => {
        if (protocol !== ANSWER_PROTOCOL) return
        const onMessage = (): void => {
          waiting.shift()?.()
          void stream.close(within())
        }
        stream.addEventListener('message', onMessage, { once: true })
      }
    })
    return new Driver(localSigner(createKey()), peer, waiting)
  }

  async connect({ nodes: [node] }: SpEntry): Promise<void> {
    if (node === undefined) throw new Error('expected an SP with a node')
    const addresses = node.addresses.map(address => multiaddr(`${address}/p2p/${node.peerId}`))
    this.#connection = await this.#peer.libp2p.dial(addresses, within())
  }

  /** Resolves when an answer has come in. */
  async ask(bytes: Uint8Array): Promise<void> {
    if (this.#connection === undefined) throw new Error('expected a connected peer')
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve)
      timer = setTimeout(() => reject(new Error(`an ask got no grant in ${ANSWER_TIMEOUT_MS} ms`)), ANSWER_TIMEOUT_MS)
    })
    const stream = await this.#peer.open(this.#connection, ASK_PROTOCOL)
    stream.send(wholeStream(ASK_PROTOCOL, bytes))
    await stream.close(within())
    await answered
    clearTimeout(timer)
  }
}

type Waiting = (() => void)[]
