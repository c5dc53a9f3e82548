import t from 'tap'
import { checkerOf, loadChecks } from '../../../src/kit/http/schema-check.js'
import { type Static, Type } from '../../../src/kit/http/schema-type.js'

await loadChecks()

const Node = Type.Object(
  {
    name: Type.String({ maxLength: 4 }),
    ports: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }),
    state: Type.Enum(['up', 'down']),
    note: Type.Optional(Type.Union([Type.String(), Type.Null()]))
  },
  { additionalProperties: false }
)

t.test('a schema is plain JSON Schema', async t => {
  t.same(JSON.parse(JSON.stringify(Node)), {
    type: 'object',
    required: ['name', 'ports', 'state'],
    properties: {
      name: { type: 'string', maxLength: 4 },
      ports: { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1 },
      state: { type: 'string', enum: ['up', 'down'] },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] }
    },
    additionalProperties: false
  })
})

t.test('a value that fits has the type of its schema, and nothing is said of it', async t => {
  const check = checkerOf(Node)
  const least: Static<typeof Node> = { name: 'sp0', ports: [1], state: 'up' }
  t.same(check(least), [])
  t.same(check({ ...least, note: null } satisfies Static<typeof Node>), [])
})

t.test('a value that does not fit is told by where and what, and stays as it was', async t => {
  const check = checkerOf(Node)
  const rows: readonly [unknown, { readonly instancePath: string; readonly keyword: string }][] = [
    [
      { ports: [1], state: 'up' },
      { instancePath: '', keyword: 'required' }
    ],
    [
      { name: 'sp0', ports: [1], state: 'up', more: 1 },
      { instancePath: '', keyword: 'additionalProperties' }
    ],
    [
      { name: 'longer', ports: [1], state: 'up' },
      { instancePath: '/name', keyword: 'maxLength' }
    ],
    [
      { name: 'sp0', ports: ['1'], state: 'up' },
      { instancePath: '/ports/0', keyword: 'type' }
    ],
    [
      { name: 'sp0', ports: [], state: 'up' },
      { instancePath: '/ports', keyword: 'minItems' }
    ],
    [
      { name: 'sp0', ports: [1], state: 'ill' },
      { instancePath: '/state', keyword: 'enum' }
    ],
    [null, { instancePath: '', keyword: 'type' }]
  ]
  for (const [value, complaint] of rows) {
    const before = JSON.stringify(value)
    t.match(check(value), [complaint])
    t.equal(JSON.stringify(value), before)
  }
})
