import t from 'tap'
import { type Case, GOOD_KEY, refuseAll } from './refuse.js'

const cases: Readonly<Record<string, Case>> = {
  'a folder to set up that is a file': {
    args: ['init', '--dir', 'd'],
    files: { d: '' },
    line: /init: expected a folder that can be written/
  },
  'a folder to set up with a broken key': {
    args: ['init'],
    files: { 'data/operator.key': 'x' },
    line: /data\/operator\.key: .*expected a secp256k1 private key/
  },
  'a policy that is missing': {
    args: ['start', '--policy', 'p.toml'],
    line: /p\.toml: expected .*\(ERR_CONFIG\)/,
    hint: true
  },
  'a wrong policy': {
    args: ['start'],
    files: { 'policy.toml': '[Payload]\nMax = "big"' },
    line: /policy\.toml.*Payload.*Max.*expected/
  },
  'an SP file that is missing': {
    args: ['start', '--providers', 's.toml'],
    line: /s\.toml: expected a readable SP file/
  },
  'a wrong SP file': {
    args: ['start'],
    files: { 'providers.toml': '[chain]\nnetwork = "x"' },
    line: /providers\.toml.*chain\.genesis: expected a time/
  },
  'a key file that others can read': {
    args: ['start'],
    files: { 'data/node.key': GOOD_KEY, 'data/operator.key': GOOD_KEY },
    modes: { 'data/node.key': 0o644 },
    line: /data\/node\.key.*0600.*\(ERR_KEY_FILE\)/,
    hint: true
  },
  'a malformed key file': {
    args: ['start'],
    files: { 'data/node.key': 'abc', 'data/operator.key': GOOD_KEY },
    line: /data\/node\.key: .*expected a secp256k1 private key of 64 hex digits.*\(ERR_KEY_FILE\)/
  },
  'an inline key of zeros': {
    args: ['start'],
    env: { P2P_PRIVATE_KEY: '0'.repeat(64), SP_APPROVAL__SP_ACCOUNT__OPERATOR_PRIVATE_KEY: GOOD_KEY },
    line: /P2PPrivateKey.*expected a secp256k1 private key/
  },
  "another SP's address": {
    args: ['start'],
    env: {
      P2P_PRIVATE_KEY: GOOD_KEY,
      SP_APPROVAL__SP_ACCOUNT__OPERATOR_PRIVATE_KEY: GOOD_KEY,
      SP_APPROVAL__SP_ACCOUNT__SP_OPERATOR_ADDRESS: `0x${'1'.repeat(40)}`
    },
    line: /SpOperatorAddress: expected the address of the operator key, 0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1, got 0x1/
  },
  'a data folder that is a file': {
    args: ['start', '--data-dir', 'd'],
    files: { d: '' },
    line: /--data-dir: expected a folder that can be made and written, .*\/d, got a file at .*\/d \(ERR_CONFIG\)/
  },
  'a data folder below a file': {
    args: ['config', 'check'],
    files: { d: '', 'config.toml': "[P2P]\nDataPath = './d/e/data'" },
    line: /config\.toml: \[P2P\] DataPath: expected a folder .*\/d\/e\/data, got a file at .*\/d \(ERR_CONFIG\)/
  },
  'a log file below a file': {
    args: ['config', 'check'],
    files: { d: '', 'config.toml': "[Log]\nPath = './d/log'" },
    line: /config\.toml: \[Log\] Path: expected a file that can be made and written, .*\/d\/log, got a file at .*\/d \(/
  },
  'a key that exists': {
    args: ['key', 'create', '--out', 'k'],
    files: { k: GOOD_KEY },
    line: /k: expected a new file, got an existing one, which is never overwritten/
  },
  'a key that is missing': { args: ['key', 'show', 'nope'], line: /nope.*\(ERR_KEY_FILE\)/, hint: true },
  'keys by the million': {
    args: ['key', 'create', '-n', '1000000'],
    line: /--count: expected a whole number from 1 to 10000/
  },
  'a coordinator that nobody may join': {
    args: ['coordinator', '--listen', '127.0.0.1:0'],
    line: /expected/,
    hint: true
  },
  'a coordinator without address': {
    args: ['coordinator', '--listen', 'x', '--open'],
    line: /listen: expected HOST:PORT/
  },
  'a token file that others can read': {
    args: ['start', '--token-file', 'tok'],
    files: { tok: 'x'.repeat(32) },
    modes: { tok: 0o644 },
    line: /tok: expected mode 0600, got 0644 \(ERR_KEY_FILE\)/,
    hint: true
  }
}

t.test('a wrong key, token, policy or SP file exits with 2 and one clear line', async t => refuseAll(t, cases))
