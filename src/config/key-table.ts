/**
 * Every key this module knows, as data: the loader, the environment names, `config dump` and docs/CONFIGURATION.md
 * are made from this table. Zero values ('', 0, []) mean the default, as they do in the Go provider's file.
 */
import { announcedAddress, bootstrapEntry, listenAddress, multiaddr } from './addresses.js'
import {
  choice,
  duration,
  flag,
  integer,
  type Kind,
  list,
  matching,
  path,
  privateKey,
  spAddress,
  text,
  url
} from './kinds.js'

export interface Key<T> {
  readonly kind: Kind<T>
  readonly initial: T
  readonly doc: string
  /** Of the Go provider's file, or added by this module. */
  readonly from: 'gfsp' | 'ours'
  /** Never printed. */
  readonly secret?: boolean
  /** Default: a file of this name in `DataPath`. */
  readonly inData?: string
  /** An environment variable besides the one made from the key's name. */
  readonly env?: string
  readonly flag?: string
  /** The part of a later version without which the key has no effect. */
  readonly waitsFor?: string
}

type Extra = Omit<Key<unknown>, 'kind' | 'initial' | 'doc' | 'from'>

/** `''` stands for “not set” in every kind of text. */
const gfsp = <T>(kind: Kind<T>, initial: NoInfer<T> | '', doc: string, extra: Extra = {}): Key<T> =>
  ({ kind, initial, doc, from: 'gfsp', ...extra }) as Key<T>
const ours = <T>(kind: Kind<T>, initial: NoInfer<T> | '', doc: string, extra: Extra = {}): Key<T> =>
  ({ kind, initial, doc, from: 'ours', ...extra }) as Key<T>

const GRPC = { waitsFor: 'the gRPC service' }
const SP_DB = { waitsFor: 'the gfsp-db connector' }
const DAY_MS = 86_400_000

export const KEYS = {
  '': {
    GRPCAddress: gfsp(listenAddress, '', 'Listening address of the gRPC service; `[GRPC] Address` comes first.', GRPC),
    Server: gfsp(
      list(text(), 64),
      [],
      "Modules that the Go provider's process runs. Where it is set, 'p2p' must be in it."
    )
  },
  P2P: {
    P2PPrivateKey: gfsp(privateKey, '', "The node's secp256k1 key in hex. Prefer `P2PPrivateKeyFile`.", {
      secret: true,
      env: 'P2P_PRIVATE_KEY'
    }),
    P2PPrivateKeyFile: ours(path, '', "File with the node's key, mode 0600; made where there is none.", {
      inData: 'node.key'
    }),
    P2PAddress: gfsp(listenAddress, '0.0.0.0:9933', 'Where the node listens. Port 0: the system chooses.'),
    P2PAntAddress: gfsp(
      announcedAddress,
      '',
      'Address that others are told; a DNS name stays a name. Without: public ones of `P2PAddress`, once other SPs reached them.'
    ),
    Listen: ours(list(multiaddr, 16), [], 'Multiaddrs to listen on, instead of `P2PAddress`.', { flag: '--listen' }),
    Announce: ours(list(multiaddr, 16), [], 'Multiaddrs that others are told, instead of `P2PAntAddress`.', {
      flag: '--announce'
    }),
    P2PBootstrap: gfsp(list(bootstrapEntry, 512), [], 'Nodes to contact first.', { flag: '--bootstrap' }),
    P2PPingPeriod: gfsp(integer('seconds', 1, 3_600), 1, 'Time between two pings of a node.'),
    AllowPrivate: ours(flag, false, 'Dial loopback and private addresses that others announce; for local clusters.', {
      flag: '--allow-private'
    }),
    AdmitStrangers: ours(
      flag,
      false,
      'Let nodes connect that neither list, pins nor `P2PBootstrap` name, although every SP of the list names its peer ids: for a node that serves newcomers. Where an SP names none, strangers may connect anyway.'
    ),
    Dht: ours(
      choice('server', 'client', 'off'),
      'server',
      'Finding nodes through a DHT of our own protocol prefix: `server` keeps records for others too, `client` only asks, `off` does without.'
    ),
    DataPath: ours(
      path,
      './data',
      'Folder of the grant store, the peer book, keys and side files; made with mode 0700.',
      {
        flag: '--data-dir'
      }
    )
  },
  Approval: {
    ReplicatePieceTimeoutHeight: gfsp(integer('blocks', 900), 900, 'Shortest life of an approval we give.')
  },
  Parallel: {
    AskReplicateApprovalParallelPerNode: gfsp(integer('asks', 1, 1_000_000), 10_240, 'Asks that may run at once.')
  },
  SpAccount: {
    SpOperatorAddress: gfsp(spAddress, '', 'Operator address of this SP. Empty: taken from the operator key.'),
    OperatorPrivateKey: gfsp(privateKey, '', "The operator's key in hex. Prefer `OperatorPrivateKeyFile`.", {
      secret: true
    }),
    OperatorPrivateKeyFile: ours(path, '', "File with the operator's key, mode 0600; made where there is none.", {
      inData: 'operator.key'
    })
  },
  Endpoint: {
    P2PEndpoint: gfsp(text(), '', "Where the provider's other modules reach this one over gRPC.", GRPC),
    SignerEndpoint: gfsp(text(), '', 'A remote GfSp signer. Until it is supported an operator key is needed.', {
      waitsFor: 'the remote signer'
    })
  },
  Legacy: {
    Mode: ours(
      choice('auto', 'pinned', 'off'),
      'auto',
      'How 0.0.1 peers are trusted: `auto` (an SP whose registry entry or pin names peer ids is *closed*: only those speak for it), `pinned` (only named peer ids), `off` (nobody: no SP counts as reachable). An entry without nodes pins nothing: such an SP is *open*. An SP that is pinned to nobody (`pins` of an embedded module, an empty list) is closed.'
    )
  },
  Ask: {
    Min: ours(
      integer('SPs', 1, 100_000),
      6,
      'Approvals an ask needs where it does not say; `/-/ready` waits for as many SPs.'
    ),
    Max: ours(integer('SPs', 1, 100_000), 10, 'Approvals at which an ask returns at once.'),
    Timeout: ours(duration(1, 3_600_000), 5_000, 'Deadline of an ask, from the call.'),
    HedgeAfter: ours(
      duration(1, 60_000),
      250,
      "Wait before another node of an SP that has not answered yet is asked as well; a duration above the ask's deadline turns it off."
    )
  },
  Peers: {
    TargetPerSp: ours(integer('nodes', 1, 32), 3, 'Nodes of each SP that are looked for and kept connected.'),
    KeepPerSp: ours(
      integer('nodes', 1, 31),
      10,
      'A node that failed is forgotten only while its SP has more live ones than this.'
    ),
    MaxPerSp: ours(integer('nodes', 2, 32), 32, 'Nodes known of one SP at most.'),
    ZombieAfterFailures: ours(
      integer('failures', 1, 1_000),
      3,
      'Failed interactions in a row, by its own fault, that make a node a zombie.'
    )
  },
  Policy: {
    File: ours(
      path,
      './policy.toml',
      'Rules for the asks of other SPs; reloaded when it changes. The default file may be missing: then the default rules hold.',
      { flag: '--policy' }
    ),
    Command: ours(
      text(),
      '',
      'Program asked last: the ask as JSON on stdin, its exit code decides; it runs in the folder of this file. See POLICY.md.'
    ),
    CommandTimeout: ours(duration(1, 60_000), 500, 'Time the program has; then the ask is refused.')
  },
  Api: {
    HTTPAddress: ours(listenAddress, '127.0.0.1:9380', 'Listening address of the HTTP API.', { flag: '--http' }),
    TokenFile: ours(path, '', 'File with the bearer token of the API, mode 0600; made where there is none.', {
      inData: 'api.token',
      flag: '--token-file'
    }),
    AllowedHosts: ours(
      list(text(), 64),
      [],
      'Names under which the API may be called besides loopback ones, e.g. those of a reverse proxy on this machine.'
    )
  },
  GRPC: {
    Address: ours(listenAddress, '127.0.0.1:9333', 'Listening address of the gRPC service.', GRPC)
  },
  Monitor: {
    DisableMetrics: gfsp(flag, false, 'No metrics server.'),
    MetricsHTTPAddress: gfsp(listenAddress, '127.0.0.1:24367', 'Listening address of `/metrics`.', {
      flag: '--metrics'
    }),
    DisableProbe: gfsp(flag, false, 'No probe server; `/-/healthy` and `/-/ready` stay on the HTTP API.'),
    ProbeHTTPAddress: gfsp(
      listenAddress,
      '',
      'Another listening address for `/-/healthy` and `/-/ready`, without the API.'
    )
  },
  Rcmgr: {
    DisableRcmgr: gfsp(flag, false, 'No limits on memory, tasks, connections and files.')
  },
  Log: {
    Level: gfsp(
      choice('debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'),
      'info',
      "Log level; the Go provider's three levels above `error` log what `error` does. While the node runs, `sp-approval log level` sets it, for one component with `--component protocols/reach`.",
      { flag: '--log-level' }
    ),
    Path: gfsp(path, '', 'Log file. Empty: standard error.')
  },
  Chain: {
    Mode: ours(
      choice('', 'static', 'coordinator', 'greenfield', 'gfsp-db'),
      '',
      'Where SPs and heights come from. Empty: `coordinator` with `CoordinatorURL`, `gfsp-db` with `ChainAddress` and `[SpDB]`, `greenfield` with `ChainAddress`, otherwise `static`. This version knows `static` and `coordinator`.',
      { flag: '--chain' }
    ),
    ChainID: gfsp(
      matching('text', 'a chain id of 1 to 64 characters a-z 0-9 . _ -', /^[a-z0-9._-]{1,64}$/),
      '',
      'Id of the chain; the default of `Network`.'
    ),
    ChainAddress: gfsp(list(text(), 64), [], 'CometBFT RPC endpoints.', { waitsFor: 'the greenfield connector' }),
    ProvidersFile: ours(
      path,
      './providers.toml',
      '`static`: the SPs and the clock of heights; reloaded when it changes.',
      { flag: '--providers' }
    ),
    CoordinatorURL: ours(url, '', '`coordinator`: its URL.', { flag: '--coordinator' }),
    CoordinatorPublicKey: ours(
      matching('public key', 'a compressed secp256k1 public key of 66 hex digits', /^(0x)?0[23][0-9a-f]{64}$/i),
      '',
      '`coordinator`: its public key; nothing it did not sign is believed.',
      { flag: '--coordinator-key' }
    ),
    Network: ours(
      matching('text', 'a network name of 1 to 64 characters a-z 0-9 . _ -', /^[a-z0-9._-]{1,64}$/),
      '',
      'Name of the network. Empty: `ChainID`, or `local` where that is empty too.',
      { flag: '--network' }
    ),
    JoinToken: ours(text(), '', '`coordinator`: the token with which a new SP joins. Prefer `JoinTokenFile`.', {
      secret: true
    }),
    JoinTokenFile: ours(path, '', '`coordinator`: file with the join token.', { flag: '--join-token-file' }),
    Endpoint: ours(url, '', "`coordinator`: URL of this SP's gateway, as the list shows it to others."),
    ApprovalAddress: ours(spAddress, '', "`coordinator`: this SP's approval account, as the list shows it to others."),
    MinLife: ours(integer('blocks', 1, 1_000_000_000), 100, 'Least remaining life of an approval we accept.'),
    MaxLife: ours(integer('blocks', 1, 1_000_000_000), 10_000, 'Longest life of an approval we give or accept.')
  },
  SpDB: {
    User: gfsp(text(), '', "User of the Go provider's database.", SP_DB),
    Passwd: gfsp(text(), '', 'Its password.', { secret: true, ...SP_DB }),
    Address: gfsp(text(), '', 'HOST:PORT of the database.', SP_DB),
    Database: gfsp(text(), '', 'Name of the database.', SP_DB),
    ConnMaxLifetime: gfsp(integer('seconds', 1, DAY_MS), 60, 'Longest life of a connection.', SP_DB),
    ConnMaxIdleTime: gfsp(integer('seconds', 1, DAY_MS), 30, 'Longest idle time of a connection.', SP_DB),
    MaxIdleConns: gfsp(integer('connections', 1, 10_000), 16, 'Idle connections kept.', SP_DB),
    MaxOpenConns: gfsp(integer('connections', 1, 10_000), 32, 'Open connections at most.', SP_DB),
    EnableTracePutEvent: gfsp(flag, false, 'Tracing of put events.', SP_DB)
  }
} as const
