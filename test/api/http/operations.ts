/** For every operation of the OpenAPI document: a request that is right, and requests that are wrong. */
import { newObject } from './fixture.js'

export interface Sample {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly body?: unknown
  /** Name in place of one that exists: answers 404. */
  readonly unknown?: string
  /** Path or body that is wrong, and the line it must be answered with. */
  readonly bad?: readonly (readonly [request: string | { readonly body: unknown }, line: RegExp])[]
}

const NOBODY = `0x${'11'.repeat(20)}`
/** A peer id that no test uses as a node. */
const NO_PEER = '16Uiu2HAmG4KTyFsK71BVwjY4z6WwcNBVb6vAiuuL9ASWdqiTzNZH'
const KEY = 'ReplicatePieceApproval-bucket%3Ab-object%3Ao-id%3A1'
const LONG_KEY = 'k'.repeat(4_097)
const LONG_KEY_LINE = /^path\.key: expected a text of 1 to 4096 characters, got "k+/

const ask = (change: object): { body: unknown } => ({ body: { object: newObject(), min: 1, max: 1, ...change } })
const object = (change: object): { body: unknown } => ask({ object: { ...newObject(), ...change } })

const badPeer = (rest = ''): NonNullable<Sample['bad']> => [
  [`/api/v1/peers/bob${rest}`, /^peer: expected a peer id, got "bob"$/],
  [`/api/v1/peers/${'x'.repeat(129)}${rest}`, /^path\.id: expected a peer id, got "x+/]
]

/** Wherever a task or its object is taken. */
const BAD_TASKS: NonNullable<Sample['bad']> = [
  [{ body: {} }, /^task: expected a replicate piece approval task, got none$/],
  [{ body: [] }, /^body: expected an object, got an array of 0$/],
  [{ body: '' }, /^body: expected an object, got nothing$/],
  [{ body: '{"object":' }, /^body: expected JSON, got text that is none$/],
  [{ body: '{"__proto__":{}}' }, /^body: expected JSON, got an object with a __proto__ or constructor member$/],
  [{ body: { object: 'photos' } }, /^body\.object: expected an object, got "photos"$/],
  [{ body: { object: newObject(), task: {} } }, /^body\.object: expected nothing beside a whole task, got "both"$/],
  [{ body: { task: { object_info: { id: 'x' } } } }, /id/],
  [{ body: { task: { nonsense: 1 } } }, /nonsense/],
  [object({ bucket: '' }), /^body\.object\.bucket: expected a text of 1 to 63 characters, got ""$/],
  [object({ bucket: 7 }), /^body\.object\.bucket: expected a text of 1 to 63 characters, got 7$/],
  [object({ id: '007' }), /^body\.object\.id: expected a decimal number of at most 256 bits, .*, got "007"$/],
  [object({ id: -1 }), /^body\.object\.id: /],
  [object({ id: 2 ** 60 }), /^body\.object\.id: expected a number below 2\^53/],
  [object({ payloadSize: '1 elephant' }), /^body\.object\.payloadSize: expected .*MiB, got "1 elephant"$/],
  [object({ payloadSize: -1 }), /^body\.object\.payloadSize: /],
  [object({ payloadSize: null }), /^body\.object\.payloadSize: .*, got nothing$/],
  [
    object({ visibility: 'SECRET' }),
    /^body\.object\.visibility: expected one of UNSPECIFIED, PUBLIC_READ, .*"SECRET"$/
  ],
  [object({ checksums: ['*'] }), /^body\.object\.checksums\.0: expected bytes in standard base64, got "\*"$/],
  [object({ colour: 'red' }), /^body\.object\.colour: expected one of the known fields \(bucket, /],
  [ask({ priority: 300 }), /^body\.priority: expected an integer from 0 to 255, got 300$/],
  [ask({ params: { redundantDataChunkNum: 1.5 } }), /^body\.params\.redundantDataChunkNum: .*, got 1\.5$/]
]

export const SAMPLES: Readonly<Record<string, Sample>> = {
  healthy: { method: 'GET', path: '/-/healthy' },
  ready: {
    method: 'GET',
    path: '/-/ready',
    bad: [
      ['/-/ready?min=many', /^query\.min: expected an integer from 0 to 100000, got "many"$/],
      ['/-/ready?min=-1', /^query\.min: expected an integer from 0 to 100000, got -1$/],
      ['/-/ready?max=1', /^query\.max: expected one of the known fields \(min\), got "max"$/]
    ]
  },
  getNode: { method: 'GET', path: '/api/v1/node' },
  getConfig: { method: 'GET', path: '/api/v1/config' },
  getBootstrap: { method: 'GET', path: '/api/v1/bootstrap' },
  getResources: { method: 'GET', path: '/api/v1/resources' },
  getPolicy: { method: 'GET', path: '/api/v1/policy' },
  getOpenApi: { method: 'GET', path: '/api/v1/openapi.json' },
  streamEvents: {
    method: 'GET',
    path: '/api/v1/events',
    bad: [
      ['/api/v1/events?types=ask:sent,nope', /^query\.types: expected names of .*, got "nope"$/],
      ['/api/v1/events?type=ask:sent', /^query\.type: expected one of the known fields \(types\)/]
    ]
  },
  listPeers: {
    method: 'GET',
    path: '/api/v1/peers',
    bad: [
      ['/api/v1/peers?sp=0x12', /^query\.sp: expected an SP operator address, .*, got "0x12"$/],
      [
        '/api/v1/peers?state=asleep',
        /^query\.state: expected one of hint, claimed, verified, failing, zombie, got "asleep"$/
      ],
      ['/api/v1/peers?limit=0', /^query\.limit: expected an integer from 1 to 1000, got 0$/],
      ['/api/v1/peers?limit=1.5', /^query\.limit: expected an integer from 1 to 1000, got "1\.5"$/],
      ['/api/v1/peers?limit=', /^query\.limit: expected an integer from 1 to 1000, got ""$/],
      ['/api/v1/peers?state=hint&state=claimed', /^query\.state: .*, got an array of 2$/],
      ['/api/v1/peers?cursor=zzz', /^query\.cursor: expected a nextCursor of this route, got "zzz"$/]
    ]
  },
  getPeer: { method: 'GET', path: `/api/v1/peers/${NO_PEER}`, unknown: `/api/v1/peers/${NO_PEER}`, bad: badPeer() },
  addPeer: {
    method: 'POST',
    path: '/api/v1/peers',
    body: { entry: `${NO_PEER}@127.0.0.1:1` },
    bad: [
      [{ body: {} }, /^body\.entry: expected PEERID@HOST:PORT, got nothing$/],
      [{ body: { entry: 'sp1.example.com:9933' } }, /^bootstrap entry: expected PEERID@HOST:PORT, .*:9933"$/],
      [{ body: { entry: `${NO_PEER}@127.0.0.1:0` } }, /^bootstrap entry: expected PEERID@HOST:PORT/],
      [
        { body: { entry: `${NO_PEER}@127.0.0.1:1`, sp: NOBODY } },
        /^body\.sp: expected one of the known fields \(entry\)/
      ]
    ]
  },
  removePeer: {
    method: 'DELETE',
    path: `/api/v1/peers/${NO_PEER}`,
    unknown: `/api/v1/peers/${NO_PEER}`,
    bad: badPeer()
  },
  pingPeer: {
    method: 'POST',
    path: `/api/v1/peers/${NO_PEER}/ping`,
    unknown: `/api/v1/peers/${NO_PEER}/ping`,
    bad: [
      ...badPeer('/ping'),
      [`/api/v1/peers/${NO_PEER}/ping?count=11`, /^query\.count: expected an integer from 1 to 10, got 11$/]
    ]
  },
  blockPeer: { method: 'PUT', path: `/api/v1/peers/${NO_PEER}/block`, bad: badPeer('/block') },
  unblockPeer: {
    method: 'DELETE',
    path: `/api/v1/peers/${NO_PEER}/block`,
    unknown: `/api/v1/peers/${NO_PEER}/block`,
    bad: badPeer('/block')
  },
  getDoctor: {
    method: 'GET',
    path: '/api/v1/doctor',
    bad: [
      ['/api/v1/doctor?sp=bob', /^query\.sp: expected an SP operator address, .*, got "bob"$/],
      ['/api/v1/doctor?min=1', /^query\.min: expected one of the known fields \(sp\)/]
    ]
  },
  listSps: { method: 'GET', path: '/api/v1/sps' },
  getSp: {
    method: 'GET',
    path: `/api/v1/sps/${NOBODY}`,
    unknown: `/api/v1/sps/${NOBODY}`,
    bad: [
      ['/api/v1/sps/bob', /^path\.address: expected an SP operator address, .*, got "bob"$/],
      ['/api/v1/sps/%ff', /^path: expected valid percent-encoding/]
    ]
  },
  ask: {
    method: 'POST',
    path: '/api/v1/asks',
    ...ask({}),
    bad: [
      ...BAD_TASKS,
      [ask({ min: 0 }), /^body\.min: expected an integer from 1 to 100000, got 0$/],
      [ask({ min: '1' }), /^body\.min: expected an integer from 1 to 100000, got "1"$/],
      [ask({ min: 3, max: 2 }), /^body\.max: expected at least min, which is 3, got 2$/],
      [ask({ timeout: '5' }), /^body\.timeout: expected a duration with its unit, .*, got "5"$/],
      [ask({ timeout: 5 }), /^body\.timeout: expected a duration with its unit, .*, got 5$/],
      [ask({ timeout: 'soon' }), /^body\.timeout: expected a duration with its unit, .*, got "soon"$/],
      ['/api/v1/asks?wait=2h', /^query\.wait: expected at most 60s, got "2h"$/],
      ['/api/v1/asks?wait=long', /^query\.wait: expected a duration/],
      ['/api/v1/asks?tasks=maybe', /^query\.tasks: expected true or false, got "maybe"$/]
    ]
  },
  getAsk: {
    method: 'GET',
    path: `/api/v1/asks/${KEY}`,
    unknown: `/api/v1/asks/${KEY}`,
    bad: [
      [`/api/v1/asks/${LONG_KEY}`, LONG_KEY_LINE],
      [`/api/v1/asks/${KEY}?wait=5s`, /^query\.wait: expected one of the known fields \(tasks\)/]
    ]
  },
  releaseApproval: {
    method: 'POST',
    path: `/api/v1/asks/${KEY}/approvals/${NOBODY}/release`,
    unknown: `/api/v1/asks/${KEY}/approvals/${NOBODY}/release`,
    bad: [[`/api/v1/asks/${KEY}/approvals/bob/release`, /^path\.sp: expected an SP operator address/]]
  },
  listTasks: {
    method: 'GET',
    path: '/api/v1/tasks',
    bad: [
      ['/api/v1/tasks?state=lost', /^query\.state: expected one of asking, .*, all, got "lost"$/],
      ['/api/v1/tasks?since=yesterday', /^query\.since: expected Unix milliseconds, .*, got "yesterday"$/],
      ['/api/v1/tasks?subkey=a', /^query\.subkey: expected one of the known fields \(subKey, /],
      ['/api/v1/tasks?limit=99999', /^query\.limit: expected an integer from 1 to 12000, got 99999$/]
    ]
  },
  getTask: {
    method: 'GET',
    path: `/api/v1/tasks/${KEY}`,
    unknown: `/api/v1/tasks/${KEY}`,
    bad: [[`/api/v1/tasks/${LONG_KEY}`, LONG_KEY_LINE]]
  },
  cancelTask: {
    method: 'POST',
    path: `/api/v1/tasks/${KEY}/cancel`,
    unknown: `/api/v1/tasks/${KEY}/cancel`,
    bad: [[`/api/v1/tasks/${LONG_KEY}/cancel`, LONG_KEY_LINE]]
  },
  listGrants: {
    method: 'GET',
    path: '/api/v1/grants',
    bad: [
      ['/api/v1/grants?asker=bob', /^query\.asker: expected an SP operator address/],
      ['/api/v1/grants?state=gone', /^query\.state: expected one of live, consumed, released, expired, got "gone"$/]
    ]
  },
  getGrant: {
    method: 'GET',
    path: `/api/v1/grants/${NOBODY}%2F1`,
    unknown: `/api/v1/grants/${NOBODY}%2F1`,
    bad: [[`/api/v1/grants/${LONG_KEY}`, LONG_KEY_LINE]]
  },
  releaseGrant: {
    method: 'POST',
    path: `/api/v1/grants/${NOBODY}%2F1/release`,
    unknown: `/api/v1/grants/${NOBODY}%2F1/release`,
    bad: [[`/api/v1/grants/${LONG_KEY}/release`, LONG_KEY_LINE]]
  },
  consumeGrant: {
    method: 'POST',
    path: `/api/v1/grants/${NOBODY}%2F1/consume`,
    unknown: `/api/v1/grants/${NOBODY}%2F1/consume`,
    bad: [[`/api/v1/grants/${LONG_KEY}/consume`, LONG_KEY_LINE]]
  },
  resetGrants: {
    method: 'POST',
    path: '/api/v1/grants/reset',
    body: { acceptLoss: true },
    bad: [
      [{ body: {} }, /^body\.acceptLoss: expected true, got nothing$/],
      [{ body: { acceptLoss: 'yes' } }, /^body\.acceptLoss: expected true, got "yes"$/],
      [{ body: { acceptLoss: false } }, /^body\.acceptLoss: expected true, got false$/]
    ]
  },
  explainPolicy: {
    method: 'POST',
    path: '/api/v1/policy/explain',
    body: { object: newObject(), asker: NOBODY },
    bad: [
      ...BAD_TASKS.filter(([request]) => typeof request !== 'string' && !/"min"/.test(JSON.stringify(request.body))),
      [
        { body: { task: { object_info: { id: '1' } } } },
        /^body\.asker: expected an SP address here or in task\.ask_sp_operator_address, got undefined$/
      ],
      [{ body: { object: newObject(), asker: 'bob' } }, /^body\.asker: expected an SP operator address, .*"bob"$/]
    ]
  },
  verifyApproval: {
    method: 'POST',
    path: '/api/v1/verify',
    body: { task: { object_info: { id: '1' } }, role: 'primary' },
    bad: [
      [{ body: { role: 'primary' } }, /^task: expected a replicate piece approval task, got none$/],
      [{ body: { task: {} } }, /^body\.role: expected one of primary, secondary, got nothing$/],
      [{ body: { task: {}, role: 'boss' } }, /^body\.role: expected one of primary, secondary, got "boss"$/],
      [{ body: { task: [], role: 'primary' } }, /^body\.task: expected an object, got an array of 0$/]
    ]
  },
  confirmList: { method: 'POST', path: '/api/v1/chain/confirm-list' },
  getLogLevel: {
    method: 'GET',
    path: '/api/v1/log/level',
    bad: [
      [
        `/api/v1/log/level?component=${'x'.repeat(129)}`,
        /^query\.component: expected a text of 0 to 128 characters, got "x+/
      ]
    ]
  },
  setLogLevel: {
    method: 'PUT',
    path: '/api/v1/log/level',
    body: { level: 'info' },
    bad: [[{ body: { level: 'loud' } }, /^body\.level: expected one of debug, info, warn, error, got "loud"$/]]
  },
  resetHeight: { method: 'POST', path: '/api/v1/chain/reset-height' }
}
