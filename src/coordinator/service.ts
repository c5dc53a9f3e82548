import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { JOIN_VERSION, type SignedState } from '../chain/coordinator/messages.js'
import type { SpAddress } from '../domain/brands.js'
import type { SpEntry, SpStatus } from '../domain/registry.js'
import { messageOf, NotRunningError, StoreError, UnreachableError } from '../errors.js'
import { secp256k1Backend } from '../identity/backend.js'
import { createVerifier } from '../identity/verifier.js'
import { type Clock, systemClock } from '../kit/clock.js'
import type { HttpShell } from '../kit/http/server.js'
import { componentLogger, type Logger, silentLogger } from '../logger.js'
import { type Book, command, emptyBook, entriesOf, expire } from './book.js'
import { loadBook, type Stored, saveBook } from './book-file.js'
import { CommittedBook } from './committed-book.js'
import { signedOnDemand } from './document.js'
import type { Coordinator, CoordinatorOptions } from './index.js'
import { JoinPolicy } from './join-policy.js'
import { Leases } from './leases.js'
import { Membership } from './membership.js'
import { buildServer } from './server.js'
import { parseSettings, type Settings } from './settings.js'

/** A signed document is reused for this long: many clients poll, and each signature costs CPU time. */
const DOCUMENT_MS = 250

interface Running {
  readonly shell: HttpShell
  readonly url: string
}

interface Served {
  readonly book: Book
  readonly at: number
  readonly signed: (known: bigint | undefined) => SignedState
}

/** The state from the first start on. */
interface Opened {
  readonly stored: Stored
  readonly ledger: CommittedBook
  readonly leases: Leases
}

export class CoordinatorService implements Coordinator {
  readonly name = 'coordinator'
  readonly publicKey: string
  readonly #options: CoordinatorOptions
  readonly #settings: Settings
  readonly #admission: JoinPolicy
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #sign: (digest: Uint8Array) => Uint8Array
  #running: Running | undefined
  #opened: Opened | undefined
  #served: Served | undefined

  constructor(options: CoordinatorOptions) {
    this.#settings = parseSettings(options)
    const backend = options.backend ?? secp256k1Backend()
    this.publicKey = this.#settings.publicKey
    this.#admission = new JoinPolicy(options)
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = componentLogger(options.logger ?? silentLogger, 'coordinator/service')
    this.#sign = digest => backend.sign(digest, this.#settings.key)
  }

  async start(): Promise<{ readonly url: string }> {
    if (this.#running !== undefined) return { url: this.#running.url }
    const logger = this.#logger
    const file = join(this.#options.dataDir, 'coordinator.json')
    const stored = await this.#load(file)
    const ledger = new CommittedBook(file, stored, why => logger.error({ why }, 'the list cannot be written'))
    const leases = new Leases(this.#settings.leaseMs, this.#clock)
    // Leases must not run out because of our own downtime.
    for (const member of stored.book.members.values()) {
      if (member.reachable) leases.renew(member.nodes.map(node => node.peerId))
    }
    this.#opened = { stored, ledger, leases }
    this.#served = undefined
    const membership = new Membership({
      ...this.#settings,
      admission: this.#admission,
      ledger,
      leases,
      verifier: createVerifier(this.#options.backend),
      clock: this.#clock
    })
    const shell = buildServer({
      coordinator: this,
      membership,
      adminToken: this.#settings.adminToken,
      state: async known => (await this.#state()).signed(known),
      info: () => this.#info(),
      isFailing: () => ledger.isFailing,
      clock: this.#clock,
      logger
    })
    const url = await this.#listen(shell)
    this.#running = { shell, url }
    logger.info(
      { url, publicKey: this.publicKey, network: stored.network, admission: this.#admission.mode },
      'listening'
    )
    return { url }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.shell.server.close()
    await this.#opened?.ledger.idle()
  }

  entries(): readonly SpEntry[] {
    return entriesOf(this.#open().ledger.book)
  }

  async setStatus(sp: SpAddress, status: SpStatus): Promise<void> {
    await this.#open().ledger.change(book => command(book, sp, { status }))
  }

  async remove(sp: SpAddress): Promise<void> {
    const { ledger, leases } = this.#open()
    leases.end(ledger.book.members.get(sp)?.nodes.map(node => node.peerId) ?? [])
    await ledger.change(book => command(book, sp, { standing: 'removed' }))
  }

  async restore(sp: SpAddress): Promise<void> {
    await this.#open().ledger.change(book =>
      book.members.get(sp)?.standing === 'listed' ? book : command(book, sp, { standing: 'left' })
    )
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new NotRunningError('coordinator', 'not started')
    return this.#opened
  }

  /** The stored book, or a new one that is written at once, so that genesis never changes. */
  async #load(file: string): Promise<Stored> {
    const { network, genesisMs, blockTimeMs } = this.#settings
    const stored = await loadBook(file)
    if (stored === undefined) {
      const fresh: Stored = {
        network,
        genesisMs: genesisMs ?? Math.floor(this.#clock.now()),
        blockTimeMs: blockTimeMs ?? DEFAULT_BLOCK_TIME_MS,
        epoch: randomBytes(8).toString('hex'),
        book: emptyBook
      }
      await saveBook(file, fresh)
      return fresh
    }
    requireSame('network', network, stored.network)
    requireSame('genesis', genesisMs, stored.genesisMs)
    requireSame('block time', blockTimeMs, stored.blockTimeMs)
    return stored
  }

  async #listen(shell: HttpShell): Promise<string> {
    const { listen } = this.#settings
    try {
      return await shell.listen(listen)
    } catch (cause) {
      const wanted = `${listen.host}:${listen.port}`
      throw new UnreachableError(`coordinator: expected to listen on ${wanted}, got ${messageOf(cause)}`, { cause })
    }
  }

  /** The state to serve, at most {@link DOCUMENT_MS} old and never of an older book. */
  async #state(): Promise<Served> {
    const { ledger, stored } = this.#open()
    const { network, genesisMs, blockTimeMs, epoch } = stored
    const at = this.#clock.monotonic()
    if (this.#served?.book === ledger.book && at - this.#served.at < DOCUMENT_MS) return this.#served
    const book = await this.#expired()
    const time = Math.floor(this.#clock.now())
    const height = BigInt(Math.floor(Math.max(0, time - genesisMs) / blockTimeMs))
    const { sequence } = book
    const entries = entriesOf(book)
    const state = { network, sequence, time, height, blockTimeMs, epoch, joinVersion: JOIN_VERSION, entries }
    this.#served = { book, at, signed: signedOnDemand(state, this.#sign) }
    return this.#served
  }

  /** If the disk is full the list is still served; only the expiry of leases is delayed. */
  async #expired(): Promise<Book> {
    const { ledger, leases } = this.#open()
    try {
      return await ledger.change(book => expire(book, leases.holds))
    } catch {
      return ledger.book
    }
  }

  #info(): object {
    const { stored, ledger } = this.#open()
    const { network, genesisMs, blockTimeMs } = stored
    const { leaseMs } = this.#settings
    const { book } = ledger
    return {
      service: 'sp-approval coordinator',
      network,
      publicKey: this.publicKey,
      genesis: genesisMs,
      blockTimeMs,
      leaseMs,
      admission: this.#admission.mode,
      sequence: `${book.sequence}`,
      sps: entriesOf(book).length
    }
  }
}

const DEFAULT_BLOCK_TIME_MS = 2_000

/** Another genesis or block time would make every client's height jump. */
function requireSame(what: string, given: string | number | undefined, stored: string | number): void {
  if (given === undefined || given === stored) return
  throw new StoreError('stale', `coordinator ${what}: expected ${stored} as in the data folder, got ${given}`, {
    hint: 'a new network needs a data folder of its own'
  })
}
