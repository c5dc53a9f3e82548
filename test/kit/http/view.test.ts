import t from 'tap'
import { Type } from '../../../src/kit/http/schema-type.js'
import { viewOf } from '../../../src/kit/http/view.js'

const nullable = <S extends ReturnType<typeof Type.String>>(schema: S) => Type.Union([schema, Type.Null()])

const Grant = Type.Object({
  height: Type.String(),
  answer: Type.String(),
  sp: nullable(Type.String()),
  note: Type.Optional(Type.String()),
  nodes: Type.Array(Type.Object({ peerId: Type.String() }))
})

t.test('an answer has the fields of its schema, in its order, and no other of the value', async t => {
  const value = { nodes: [{ peerId: 'a', secret: 1 }], answer: '', sp: 'x', note: 'y', height: '1', key: 'secret' }
  t.equal(
    JSON.stringify(viewOf(Grant, value)),
    '{"height":"1","answer":"","sp":"x","note":"y","nodes":[{"peerId":"a"}]}'
  )
})

t.test('large integers become decimal texts, bytes base64, a gap null or nothing', async t => {
  t.strictSame(viewOf(Grant, { height: 2n ** 64n, answer: Uint8Array.of(1, 2, 3), sp: undefined, nodes: [] }), {
    height: '18446744073709551616',
    answer: 'AQID',
    sp: null,
    nodes: []
  })
  t.strictSame(viewOf(Grant, { height: 1n, answer: Uint8Array.of(), note: undefined, nodes: [] }), {
    height: '1',
    answer: '',
    sp: null,
    nodes: []
  })
})

t.test('an object whose fields the schema leaves open is shown whole', async t => {
  const Open = Type.Object({}, { additionalProperties: true })
  t.strictSame(viewOf(Open, { a: 1n, b: undefined, c: [Uint8Array.of(255)] }), { a: '1', c: ['/w=='] })
  t.equal(JSON.stringify(viewOf(Type.Number(), Number.POSITIVE_INFINITY)), 'null', 'JSON has no infinity')
})
