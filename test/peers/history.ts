import type { PeerIdString, SpAddress } from '../../src/domain/brands.js'
import { MAX_CLAIMED_PER_SP, MAX_HINTS } from '../../src/domain/peer-limits.js'
import type { SpEntry } from '../../src/domain/registry.js'
import { at, peer, sp, type TestBook, testBook, times } from './test-book.js'

/** Small, so that slots are short and everything happens to everybody. */
const LIMITS = { targetPerSp: 1, keepPerSp: 1, maxPerSp: 4, zombieAfterFailures: 3 }
export const SPS = ['a', 'b', 'c', 'd'].map(sp)
export const PEERS = times(14, peer)
export const BOOTSTRAP = peer('boot')

export type Step =
  | { readonly type: 'dialled' | 'answered' | 'failed' | 'announced'; readonly peer: PeerIdString }
  | { readonly type: 'claim' | 'proved'; readonly peer: PeerIdString; readonly sp: SpAddress }
  | { readonly type: 'hint'; readonly from: PeerIdString | 'dht'; readonly about: readonly PeerIdString[] }
  | { readonly type: 'fall'; readonly peers: readonly PeerIdString[] }
  | { readonly type: 'settle' | 'outage' | 'restart' }
  | { readonly type: 'list'; readonly entries: readonly SpEntry[] }

interface Snapshot {
  readonly permanent: ReadonlyMap<SpAddress, ReadonlySet<PeerIdString>>
  readonly verified: ReadonlySet<SpAddress>
  readonly others: (of: ReadonlySet<SpAddress | undefined>) => string
}

function snapshot({ book }: TestBook): Snapshot {
  const records = book.list()
  const permanent = new Map<SpAddress, Set<PeerIdString>>()
  const verified = new Set<SpAddress>()
  for (const { sp: of, standing, proven, tied, peerId } of records) {
    if (of === undefined) continue
    if (standing === 'verified' && tied) verified.add(of)
    if (standing !== 'verified' && !proven) continue
    const peers = permanent.get(of) ?? new Set()
    permanent.set(of, peers.add(peerId))
  }
  const slots = records.filter(({ standing }) => standing !== 'hint')
  return {
    permanent,
    verified,
    others: of => slots.flatMap(({ peerId, sp, standing }) => (of.has(sp) ? [] : `${peerId} ${sp} ${standing}`)).join()
  }
}

/** A book and what must hold of it after every step of its history; throws where it does not. */
export class History {
  test = testBook({ limits: LIMITS, bootstrap: [[BOOTSTRAP, at('boot')]] })
  entries: readonly SpEntry[] = []
  readonly named = new Set<PeerIdString>()
  readonly proved = new Set<PeerIdString>()

  run(step: Step): void {
    const before = snapshot(this.test)
    const involved = 'peer' in step ? this.test.book.get(step.peer) : undefined
    this.#apply(step)
    this.#checkBounds()
    this.#checkDisk()
    this.#checkPruned(step)
    const after = snapshot(this.test)
    if (step.type === 'list') {
      this.#checkList(before, after)
      return
    }
    for (const of of before.verified) hold(after.verified.has(of), `${of} lost its last verified node`)
    for (const [of, peers] of before.permanent) {
      const moved = step.type === 'claim' && peers.has(step.peer)
      hold(moved || after.permanent.has(of), `${of} lost its last permanent node`)
    }
    if (involved !== undefined || 'sp' in step) {
      const touched = new Set([involved?.sp, 'sp' in step ? step.sp : undefined, undefined])
      hold(before.others(touched) === after.others(touched), 'slots of other SPs were touched')
    }
  }

  #apply(step: Step): unknown {
    const { book, dialled, clock } = this.test
    clock.stall(1_000)
    switch (step.type) {
      case 'dialled':
        return dialled(step.peer)
      case 'answered':
        return book.contacted(step.peer, { ok: true, rttMs: 3 })
      case 'failed':
        return book.contacted(step.peer, { ok: false, error: 'refused' })
      case 'announced':
        return book.announced(step.peer, [at('announced')])
      case 'claim':
        return book.claim(step.peer, step.sp)
      case 'proved':
        this.proved.add(step.peer)
        return book.proved(step.peer, step.sp)
      case 'hint':
        return book.hint(
          step.from,
          step.about.map(peerId => ({ peerId, addresses: [at('hinted')] }))
        )
      case 'settle':
        return book.settle()
      case 'list':
        this.entries = step.entries
        for (const { nodes } of step.entries) for (const { peerId } of nodes) this.named.add(peerId)
        return book.sync(step.entries)
      case 'outage':
        return this.#outage()
      case 'fall':
        return this.#fall(step.peers)
      case 'restart':
        this.test = testBook({
          limits: LIMITS,
          bootstrap: [[BOOTSTRAP, at('boot')]],
          restored: this.test.contents()
        })
        if (this.entries.length > 0) this.test.book.sync(this.entries)
    }
  }

  /** All answered, then everything fails at once. */
  #outage(): void {
    const { book } = this.test
    const known = book.list().filter(({ sp: of }) => of !== undefined)
    if (new Set(known.map(({ sp: of }) => of)).size < 3) return
    for (const { peerId } of known) book.contacted(peerId, { ok: true })
    book.settle()
    const failures = (): string =>
      book
        .list()
        .map(({ peerId, failures: count }) => `${peerId} ${count}`)
        .join()
    const before = failures()
    for (let period = 0; period < 4; period++) {
      for (const { peerId } of known) book.contacted(peerId, { ok: false, error: 'unreachable' })
      book.settle()
    }
    hold(failures() === before, 'our own outage counted against somebody')
  }

  /** Some fail until they are zombies, while the others answer. */
  #fall(peers: readonly PeerIdString[]): void {
    const { book } = this.test
    for (let period = 0; period < 5; period++) {
      for (const { peerId } of book.list()) {
        book.contacted(peerId, peers.includes(peerId) ? { ok: false, error: 'refused' } : { ok: true })
      }
      book.settle()
    }
  }

  #checkBounds(): void {
    const { book } = this.test
    for (const of of SPS) {
      const held = book.list({ sp: of }).filter(({ standing }) => standing !== 'hint')
      hold(held.length <= LIMITS.maxPerSp, `${of} holds ${held.length} slots`)
      const claimed = held.filter(({ standing, proven }) => standing === 'claimed' && !proven)
      hold(claimed.length <= MAX_CLAIMED_PER_SP, `${of} has ${claimed.length} claimed nodes`)
    }
    for (const { peerId, sp: of, standing, tied } of this.entries.length > 0 ? book.list() : []) {
      hold(standing !== 'hint' || of === undefined || tied, `${peerId} is a hint with an SP that nothing ties it to`)
    }
    hold(book.get(BOOTSTRAP) !== undefined, 'the configured node is gone')
    const size = book.list().length
    hold(size <= MAX_HINTS + PEERS.length + 1, `${size} nodes in the book`)
  }

  #checkDisk(): void {
    for (const { peerId, standing, proven } of this.test.disk.values()) {
      const record = this.test.book.get(peerId)
      hold(record !== undefined && record.standing === standing, `the disk and the book differ about ${peerId}`)
      hold(standing !== 'verified' || this.named.has(peerId), `${peerId} is verified, and nobody named it`)
      hold(standing === 'verified' || (proven && (this.proved.has(peerId) || this.named.has(peerId))), 'a stranger')
    }
    for (const { peerId, standing, proven } of this.test.book.list()) {
      const permanent = standing === 'verified' || proven
      hold(permanent === this.test.disk.has(peerId), `${peerId} is ${standing} and its place on disk does not agree`)
    }
  }

  #checkPruned(step: Step): void {
    for (const { record, why } of this.test.gone.splice(0)) {
      const { standing, tied, failures, peerId } = record
      if (why === 'zombie') hold(failures >= LIMITS.zombieAfterFailures, `${peerId} was healthy`)
      // A displaced one that the list names has become a hint by the time it is told.
      if (why === 'displaced' && standing === 'verified') hold(!tied || failures > 0, `${peerId} was displaced`)
      if (why === 'sp-left') hold(step.type === 'list', 'nobody leaves without the list')
    }
  }

  /** What the list does not take away stays: an SP on it keeps a permanent node that no other SP's entry names. */
  #checkList(before: Snapshot, after: Snapshot): void {
    for (const { operatorAddress: of } of this.entries) {
      const elsewhere = new Set(
        this.entries.flatMap(({ operatorAddress, nodes }) =>
          operatorAddress === of ? [] : nodes.map(node => node.peerId)
        )
      )
      const stayed = [...(before.permanent.get(of) ?? [])].some(peerId => !elsewhere.has(peerId))
      hold(!stayed || after.permanent.has(of), `${of} lost its permanent nodes to a list that moved none of them`)
    }
  }
}

function hold(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}
