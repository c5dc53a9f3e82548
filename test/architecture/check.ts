import { posix } from 'node:path'
import { GLOBALS, LAYERS, MAX_LINES, PACKAGES, TYPES_ONLY, WIRELESS } from './layers.js'
import { type ImportFact, readSource } from './source-file.js'

/** Adapters with a folder of their own below a common one. */
const NESTED = /^(api\/[^/]+)\//

/** `chain/static/index.ts` → `chain`, `api/http/tasks.ts` → `api/http`, `errors.ts` → `errors`. */
export function unitOf(file: string): string {
  const nested = NESTED.exec(file)?.[1]
  if (nested !== undefined) return nested
  const [head = ''] = file.split('/')
  return head === file ? file.replace(/\.(d\.)?ts$/, '') : head
}

/** `@libp2p/crypto/keys` → `@libp2p/crypto`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Whether a file stands in a list of units, folders or file prefixes (`store/level`). */
const listed = (file: string, list: readonly string[]): boolean =>
  list.some(entry => unitOf(file) === entry || (entry.includes('/') && file.startsWith(entry)))

/** Breaches of the architecture in one file of src/, each as one line. `file` is relative to src/. */
export function breaches(file: string, text: string): string[] {
  const facts = readSource(file, text)
  const unit = unitOf(file)
  const found: string[] = []
  const at = (line: number, message: string): void => {
    found.push(`src/${file}:${line} ${message}`)
  }

  if (LAYERS[unit] === undefined) at(1, `"${unit}" has no row in test/architecture/layers.ts`)
  for (const fact of facts.imports) {
    const message = fact.specifier.startsWith('.') ? localBreach(file, fact) : packageBreach(file, fact.specifier)
    if (message !== undefined) at(fact.line, message)
  }
  for (const { name, line } of facts.uses) {
    const rule = GLOBALS.find(candidate => candidate.name.test(name))
    if (rule !== undefined && !listed(file, rule.allowed)) at(line, `uses ${name}: ${rule.why}`)
  }
  if (facts.lines > MAX_LINES) at(facts.lines, `has ${facts.lines} lines, at most ${MAX_LINES}`)
  return found
}

function localBreach(file: string, { specifier, typeOnly }: ImportFact): string | undefined {
  const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts')
  if (target.startsWith('..')) return `imports ${specifier}, outside src/`
  const from = unitOf(file)
  const to = unitOf(target)
  if (from === to) return roomBreach(file, target)
  const allowed = LAYERS[from] ?? []
  if (!allowed.includes(to) && !allowed.includes(target.replace(/\.ts$/, ''))) {
    return `imports ${target}: ${from} may import ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`
  }
  if (!typeOnly && TYPES_ONLY.some(name => name === from)) return `imports ${target} at run time: types only`
  return undefined
}

/** `protocols/dht/seeker.ts` → `dht`. */
const protocolRoomOf = (file: string): string => /^protocols\/([^/.]+)/.exec(file)?.[1] ?? ''

function roomBreach(file: string, target: string): string | undefined {
  const from = protocolRoomOf(file)
  const to = protocolRoomOf(target)
  const allowed = WIRELESS[from]
  if (allowed === undefined || from === to || allowed.includes(to)) return undefined
  return `imports ${target}: protocols/${from} may import ${allowed.join(', ') || 'nothing'} beside it`
}

function packageBreach(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    return unitOf(file) === 'domain' ? `imports ${specifier}: domain imports nothing` : undefined
  }
  const name = packageOf(specifier)
  const allowed = PACKAGES[name]
  if (allowed === undefined) return `imports the package ${name}, which test/architecture/layers.ts does not list`
  return listed(file, allowed) ? undefined : `imports the package ${name}: only ${allowed.join(', ')} may`
}
