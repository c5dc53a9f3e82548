import t from 'tap'
import { joinBytes, leaveBytes, nodeBytes, stateBytes } from '../../src/chain/coordinator/messages.js'

const signed = { network: 'local', coordinator: '02ab', operatorAddress: '0xAb', serial: 12, time: 1_800_000_000_000 }
const join = {
  ...signed,
  approvalAddress: '',
  endpoint: 'http://é',
  replace: false,
  nodes: [
    { peerId: '16Uiu2A', addresses: ['/ip4/1.2.3.4/tcp/1', '/dns4/a/tcp/2'] },
    { peerId: '16Uiu2B', addresses: [] }
  ]
}

/** Takes the fields apart again, without the code that joined them. */
function fieldsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  const found: string[] = []
  for (let at = 0; at < buffer.length; ) {
    const end = at + 4 + buffer.readUInt32BE(at)
    found.push(buffer.toString('utf8', at + 4, end))
    at = end
  }
  return found
}

t.test('a join is signed over its fields in order, each behind its length', async t => {
  t.strictSame(fieldsOf(joinBytes(join)), [
    'sp-approval coordinator join v1',
    ...['local', '02ab', '0xAb', '12', '1800000000000'],
    ...['', 'http://é', 'add'],
    ...['2', '16Uiu2A', '2', '/ip4/1.2.3.4/tcp/1', '/dns4/a/tcp/2', '16Uiu2B', '0']
  ])
  t.equal(
    Buffer.from(
      leaveBytes({ ...signed, network: 'n', coordinator: 'c', operatorAddress: 'o', peerIds: ['p'] })
    ).toString('hex'),
    `0000002073702d617070726f76616c20636f6f7264696e61746f72206c65617665207631${'000000016e'}${'0000000163'}${'000000016f'}` +
      `000000023132${'0000000d31383030303030303030303030'}${'0000000131'}${'0000000170'}`
  )
  t.equal(Buffer.from(stateBytes('{}')).toString(), 'sp-approval coordinator state v1\n{}')
})

t.test('no two different joins have the same bytes', async t => {
  const [first, second] = join.nodes
  const others = [
    { ...join, replace: true },
    { ...join, network: 'loca', coordinator: 'l02ab' },
    { ...join, serial: 121, time: 800_000_000_000 },
    { ...join, approvalAddress: 'http://é', endpoint: '' },
    {
      ...join,
      nodes: [
        { peerId: '16Uiu2A', addresses: ['/ip4/1.2.3.4/tcp/1'] },
        { peerId: '/dns4/a/tcp/2', addresses: [] }
      ]
    },
    { ...join, nodes: [second, first].flatMap(node => node ?? []) }
  ]
  const all = new Set([join, ...others].map(each => Buffer.from(joinBytes(each)).toString('hex')))
  t.equal(all.size, others.length + 1)
})

t.test('a join with proofs is another version, and a node signs for one operator at one time', async t => {
  const proofs = [{ peerId: '16Uiu2A', signature: '0xab' }]
  const fields = fieldsOf(joinBytes({ ...join, proofs }))
  t.equal(fields[0], 'sp-approval coordinator join v2')
  t.strictSame(fields.slice(1), [...fieldsOf(joinBytes(join)).slice(1), '1', '16Uiu2A', '0xab'])
  t.strictSame(fieldsOf(joinBytes({ ...join, proofs: [] })).at(-1), '0', 'none is said too')
  t.strictSame(fieldsOf(nodeBytes(signed, '16Uiu2A')), [
    'sp-approval coordinator node v1',
    ...['local', '02ab', '0xAb', '1800000000000', '16Uiu2A']
  ])
})
