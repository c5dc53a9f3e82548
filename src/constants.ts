/** Protocol ids of the GfSp 0.0.1 wire. */
export const PING_PROTOCOL = '/ping/0.0.1'
export const PONG_PROTOCOL = '/pong/0.0.1'
export const ASK_PROTOCOL = '/approval/request/0.0.1'
export const ANSWER_PROTOCOL = '/approval/response/0.0.1'

/** Bytes a message may have before it is parsed. */
export const MAX_PING_BYTES = 1024
export const MAX_PONG_BYTES = 256 * 1024
export const MAX_TASK_BYTES = 64 * 1024

/** Elements a message may have; one empty repeated entry costs two bytes on the wire and far more in memory. */
export const MAX_PONG_NODES = 512
export const MAX_NODE_ADDRESSES = 32
export const MAX_CHECKSUMS = 256
export const MAX_TAGS = 128
/** Fields a message may have in all, repeated, unknown and superseded ones included: bounds the time of decoding. */
export const MAX_FIELDS = 8_192

/** Total time a remote has for one message, ms. */
export const STREAM_DEADLINE_MS = 5_000

/** An ask is fresh while |now − create_time| is at most this */
export const ASK_FRESH_SECONDS = 600

/** Data chunks an ask may claim where the chain's parameters are not known. */
export const MIN_DATA_CHUNKS = 1
export const MAX_DATA_CHUNKS = 64

/** What an ask is held against, by its asker and by each approver. */
export const ASK_RULES = {
  freshSeconds: ASK_FRESH_SECONDS,
  minDataChunks: MIN_DATA_CHUNKS,
  maxDataChunks: MAX_DATA_CHUNKS
} as const

/** Shortest life of an approval in blocks: the Go provider's `ReplicatePieceTimeoutHeight`. */
export const DEFAULT_LIFE_BLOCKS = 900n
export const DEFAULT_MIN_LIFE_BLOCKS = 100n
export const DEFAULT_MAX_LIFE_BLOCKS = 10_000n

/** Blocks after its height at which a grant's capacity is freed. */
export const GRANT_GRACE_BLOCKS = 20n
/** Steps in which `grants.high` is raised. */
export const GRANT_MARK_STEP = 500n
export const PER_ASKER_CAPACITY_PERCENT = 25n
export const MAX_GRANTS_PER_ASKER = 2_048
export const MAX_GRANTS = 65_536

/** Age limits of what the chain connector read. */
export const MAX_HEIGHT_AGE_MS = 30_000
export const MAX_LIST_AGE_MS = 600_000
export const CHAIN_POLL_MS = 2_000

/** The Go provider's `AskReplicateApprovalParallelPerNode`. */
export const DEFAULT_QUEUE_CAPACITY = 10_240
/** Finished asks kept for queries. */
export const FINISHED_TASKS_KEPT = 1_000
export const FINISHED_TASKS_KEPT_MS = 3_600_000

/** How long a stopping module waits for what it has begun. */
export const DRAIN_MS = 10_000

/** The Go provider's `P2PPingPeriod`, and its smallest. */
export const DEFAULT_PING_PERIOD_MS = 1_000

/** Time after which a sibling of a node that has not answered an ask is asked too. */
export const DEFAULT_HEDGE_AFTER_MS = 250
