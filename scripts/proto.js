// Generates, from proto/, our types with their zero values (src/domain/gen/) and the codec's tables (src/codec/gen/);
// neither is in the repository. Does nothing when the result is newer than its sources.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const proto = join(root, 'proto')
const types = join(root, 'src/domain/gen/messages.ts')
const tables = join(root, 'src/codec/gen/tables.ts')
/** Of gogoproto only the options are needed. */
const sources = readdirSync(proto, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.proto') && !name.startsWith('gogoproto'))
  .sort()

/** Names in our code where they are not those of the .proto file. */
const NAMES = {
  GfSpReplicatePieceApprovalTask: 'ReplicatePieceApprovalTask',
  GfSpTask: 'TaskInfo',
  GfSpError: 'TaskError',
  GfSpPing: 'Ping',
  GfSpPong: 'Pong',
  GfSpNode: 'PongNode',
  Params: 'StorageParams',
  Tag: 'ResourceTag'
}
const HEAD = '// Generated from proto/ by scripts/proto.js.\n'
const WIDE = ['int64', 'uint64']

const time = file => (existsSync(file) ? statSync(file).mtimeMs : 0)
const newest = Math.max(time(fileURLToPath(import.meta.url)), ...sources.map(name => time(join(proto, name))))

function parse() {
  const parsed = new protobuf.Root()
  const options = { keepCase: true, alternateCommentMode: true }
  for (const name of sources) protobuf.parse(readFileSync(join(proto, name), 'utf8'), parsed, options)
  return parsed.resolveAll()
}

/** Every message, after those it holds. */
function inOrder(parsed) {
  const found = new Set()
  const add = type => {
    for (const { resolvedType } of type.fieldsArray) if (resolvedType instanceof protobuf.Type) add(resolvedType)
    found.add(type)
  }
  const visit = scope => {
    for (const nested of scope.nestedArray) {
      if (nested instanceof protobuf.Type) add(nested)
      if (nested instanceof protobuf.Namespace) visit(nested)
    }
  }
  visit(parsed)
  return [...found]
}

function write(file, parts) {
  mkdirSync(dirname(file), { recursive: true })
  // What an earlier version generated would be compiled too.
  for (const name of readdirSync(dirname(file))) rmSync(join(dirname(file), name))
  writeFileSync(file, [HEAD, ...parts].join('\n'))
}

function typeOf(type) {
  const fields = fieldsOf(type).map(field => `${doc(field, '  ')}  readonly ${camel(field.name)}: ${tsType(field)}\n`)
  return `/** ${fullName(type)} */\nexport interface ${nameOf(type)} {\n${fields.join('')}}\n`
}

function tsType(field) {
  const { resolvedType, repeated } = field
  if (resolvedType instanceof protobuf.Type) {
    const name = nameOf(resolvedType)
    return repeated ? `readonly ${name}[]` : isAlways(field) ? name : `${name} | undefined`
  }
  const scalars = { string: 'string', bytes: 'Uint8Array', bool: 'boolean' }
  const name = scalars[field.type] ?? (WIDE.includes(field.type) ? 'bigint' : 'number')
  return repeated ? `readonly ${name}[]` : name
}

function zeros(messages) {
  const entries = messages.map(type => {
    const fields = fieldsOf(type).map(field => `${camel(field.name)}: ${zeroOf(field)}`)
    return `const ${nameOf(type)}: ${nameOf(type)} = { ${fields.join(', ')} }\n`
  })
  return (
    `const NONE: readonly never[] = []\nconst NO_BYTES = new Uint8Array(0)\n${entries.join('')}` +
    `/** Each message without a single field set. */\nexport const ZERO = { ${messages.map(nameOf).join(', ')} } as const\n`
  )
}

function zeroOf(field) {
  if (field.repeated) return 'NONE'
  if (field.resolvedType instanceof protobuf.Type) return isAlways(field) ? nameOf(field.resolvedType) : 'undefined'
  if (isId(field)) return "'0'"
  const scalars = { string: "''", bytes: 'NO_BYTES', bool: 'false' }
  return scalars[field.type] ?? (WIDE.includes(field.type) ? '0n' : '0')
}

const enumsOf = messages => [
  ...new Set(messages.flatMap(type => fieldsOf(type).map(field => field.resolvedType)).filter(isEnum))
]
const isEnum = type => type instanceof protobuf.Enum

/** `VisibilityType` as `VISIBILITY`, its values without what all their names have in common. */
function enumOf(type) {
  const names = Object.keys(type.values)
  const words = names.map(name => name.split('_'))
  const shared = pick => {
    let count = 0
    while (words.every(word => pick(word, count) === pick(words[0], count))) count++
    return count
  }
  const head = shared((word, index) => word[index])
  const tail = shared((word, index) => word.at(-1 - index))
  const values = words.map(
    (word, index) => `${word.slice(head, word.length - tail).join('_')}: ${type.values[names[index]]}`
  )
  const name = type.name
    .replace(/Type$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase()
  return `/** Numbers of ${fullName(type)}. */\nexport const ${name} = { ${values.join(', ')} } as const\n`
}

const imports = () =>
  "import { ZERO } from '../../domain/gen/messages.js'\nimport { CAPS, message } from '../schema.js'\n"

function tableOf(type) {
  const rows = fieldsOf(type).map(field => {
    const options = [
      ...(field.repeated ? [`cap: CAPS['${fullName(type)}.${field.name}']`] : []),
      ...(isAlways(field) ? ['always: true'] : [])
    ]
    const more = options.length === 0 ? '' : `, { ${options.join(', ')} }`
    return `  [${field.id}, '${field.name}', ${kindOf(field)}${more}]`
  })
  return `export const ${nameOf(type)} = message('${fullName(type)}', ZERO.${nameOf(type)}, [\n${rows.join(',\n')}\n])\n`
}

function kindOf(field) {
  const { resolvedType } = field
  if (resolvedType instanceof protobuf.Type) return nameOf(resolvedType)
  if (isEnum(resolvedType)) return JSON.stringify(Object.keys(resolvedType.values))
  return isId(field) ? "'id'" : `'${field.type}'`
}

const fieldsOf = type => type.fieldsArray.toSorted((a, b) => a.id - b.id)
const fullName = type => type.fullName.slice(1)
const nameOf = type => NAMES[type.name] ?? type.name
const camel = name => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
const doc = ({ comment }, indent) =>
  comment ? `${indent}/** ${comment[0].toUpperCase()}${comment.slice(1)}. */\n` : ''
const isAlways = field => field.options?.['(gogoproto.nullable)'] === false
const isId = field => field.options?.['(gogoproto.customtype)'] === 'Uint'

if (Math.min(time(types), time(tables)) < newest) {
  const messages = inOrder(parse())
  write(types, [...messages.map(typeOf), zeros(messages), ...enumsOf(messages).map(enumOf)])
  write(tables, [imports(), ...messages.map(tableOf)])
}
