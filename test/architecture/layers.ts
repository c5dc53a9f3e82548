/**
 * The architecture as data; docs/ARCHITECTURE.md draws it. A *unit* is a folder below src/, or a file
 * at its root. Imports point downward: a unit may import itself and what stands in its row.
 */
const FOUNDATION = ['kit', 'errors', 'constants', 'logger'] as const
/** Values and types that every unit above the codec may know. */
const SHARED = [...FOUNDATION, 'alarms', 'metrics', 'events', 'task-record', 'contract'] as const
const CORE = ['domain', 'codec', 'identity', ...SHARED] as const
/** The parts below the protocols; none knows another, but the peer book trust. */
const PARTS = ['trust', 'chain', 'peers', 'queue', 'resources', 'lifecycle', 'policy', 'store'] as const

/** Everything a node is put together from. */
const ALL_PARTS = [...CORE, ...PARTS, 'grants', 'protocols'] as const

/** What an adapter may see: the public door, and values without behaviour. */
const DOOR = ['index', 'errors', 'constants', 'logger', 'domain/units', 'domain/closest-word', 'kit'] as const

export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  errors: ['kit'],
  constants: [],
  logger: [],
  alarms: ['kit', 'logger'],
  version: [],
  kit: [],
  metrics: [],
  'task-record': ['domain', 'errors'],
  events: ['domain', 'task-record'],
  contract: ['domain', 'codec', 'identity', ...SHARED, ...PARTS],

  codec: ['domain', ...FOUNDATION],
  identity: ['domain', 'codec', ...FOUNDATION],
  trust: ['domain', 'kit', 'errors'],
  chain: CORE,
  peers: [...CORE, 'store', 'trust'],
  queue: CORE,
  resources: CORE,
  lifecycle: CORE,
  policy: CORE,
  store: CORE,
  grants: [...CORE, 'store'],
  protocols: [...CORE, ...PARTS, 'grants'],

  module: [...ALL_PARTS, 'version'],
  index: [...ALL_PARTS, 'module', 'version'],

  coordinator: [...CORE, 'chain'],
  'api/http': DOOR,
  config: DOOR,
  testing: DOOR,
  cli: [...DOOR, 'config', 'api/http', 'coordinator']
}

/** Rooms of protocols/ that serve any wire: the rooms beside them that they may import. */
export const WIRELESS: Readonly<Record<string, readonly string[]>> = {
  addresses: [],
  muxer: [],
  door: ['addresses', 'muxer', 'host'],
  patches: ['addresses', 'door'],
  host: ['addresses', 'muxer', 'patches'],
  dht: ['addresses', 'host'],
  autonat: ['addresses', 'host']
}

/** Units that exist for their types: nothing in them may run an import of another unit. */
export const TYPES_ONLY = ['contract', 'events'] as const

/** Who may import a package. A package that is not listed may not be imported at all. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'prom-client': ['metrics', 'api/http', 'protocols/host'],
  pino: ['cli'],
  commander: ['cli'],
  'cli-table3': ['cli'],
  ora: ['cli'],
  picocolors: ['cli'],
  'smol-toml': ['config', 'policy', 'chain', 'cli', 'coordinator'],
  fastify: ['api/http', 'coordinator', 'kit/http'],
  '@fastify/swagger': ['api/http'],
  ajv: ['kit/http'],

  protobufjs: ['codec', 'store/grant-record', 'store/level-table', 'store/level-log', 'kit/snappy'],
  'hash-wasm': ['codec'],
  '@noble/hashes': ['codec', 'identity', 'chain', 'coordinator'],
  '@noble/secp256k1': ['identity', 'coordinator/settings'],
  secp256k1: ['identity'],
  '@libp2p/crypto': ['identity', 'chain', 'coordinator', 'protocols'],
  '@libp2p/peer-id': ['codec', 'identity', 'chain', 'coordinator', 'peers', 'protocols', 'config'],
  '@multiformats/multiaddr': ['codec', 'chain', 'coordinator', 'peers', 'protocols', 'config', 'module'],

  'race-signal': ['identity', 'chain', 'policy', 'protocols', 'module'],

  level: ['store/level'],
  'lru-cache': ['kit/bounded-map'],

  'main-event': ['module', 'protocols', 'index'],
  '@libp2p/interface': ['protocols', 'contract', 'events', 'module', 'index', 'identity', 'peers'],
  libp2p: ['protocols'],
  '@libp2p/tcp': ['protocols'],
  '@libp2p/noise': ['protocols'],
  '@libp2p/yamux': ['protocols'],
  '@libp2p/identify': ['protocols'],
  '@libp2p/kad-dht': ['protocols'],
  '@libp2p/utils': ['protocols'],
  '@libp2p/gossipsub': ['protocols'],
  '@libp2p/autonat': ['protocols'],
  multiformats: ['protocols'],
  uint8arraylist: ['protocols']
}

/** Globals that only some units may touch. */
export const GLOBALS: readonly { readonly name: RegExp; readonly allowed: readonly string[]; readonly why: string }[] =
  [
    { name: /^console\./, allowed: ['cli'], why: 'the library prints nothing' },
    {
      name: /^process\.(exit|exitCode|abort|stdout|stderr)$/,
      allowed: ['cli'],
      why: 'the library never ends a process'
    },
    { name: /^Date\.now$/, allowed: ['kit', 'cli', 'testing'], why: 'time comes from the Clock port' }
  ]

/** At this size a file holds a second idea. */
export const MAX_LINES = 300
