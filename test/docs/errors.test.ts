import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as errors from '../../src/errors.js'

const src = join(process.cwd(), 'src')
const page = readFileSync(join(process.cwd(), 'docs/ERRORS.md'), 'utf8')

/** Codes in the code: `code: 'ERR_…'`, those of HTTP errors, and the kinds of the store error. */
function codesOfSource(): Set<string> {
  const codes = new Set<string>()
  for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))) {
    const text = readFileSync(join(src, name), 'utf8')
    const named = text.matchAll(/(?:\bcode: |\bnew HttpError\(\s*\w+,\s*)'(ERR_[A-Z_]+)'/g)
    for (const [, code] of named) if (code !== undefined) codes.add(code)
  }
  const kinds = /class StoreError[^}]*?readonly kind: ([^,]+),/s.exec(readFileSync(join(src, 'errors.ts'), 'utf8'))?.[1]
  for (const [, kind] of (kinds ?? '').matchAll(/'([a-z-]+)'/g)) codes.add(`ERR_STORE_${screaming(kind)}`)
  return codes
}

const screaming = (kind = ''): string => kind.replace('-', '_').toUpperCase()

const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const)
)

t.test('every code has a heading, and every heading a code', async t => {
  const codes = codesOfSource()
  t.ok(codes.size > 30, `${codes.size} codes`)
  t.strictSame([...sections.keys()].sort(), [...codes].sort())
})

t.test('status, exit code and GfSp number are those of the class', async t => {
  const store = ['corrupt', 'locked', 'missing', 'stale', 'full', 'read-only', 'io', 'closed'] as const
  const samples: errors.SpApprovalError[] = [
    new errors.InvalidArgumentError('a', 'b', 'c'),
    new errors.ConfigError('x'),
    new errors.KeyFileError('x'),
    new errors.DecodeError('malformed', 'x'),
    new errors.BadTaskError('x'),
    new errors.TaskMissingError(),
    new errors.RequestRepeatedError('x'),
    new errors.RequestExceedLimitError(1),
    new errors.ResourceLimitError('a', 'b', 1, 2, 3),
    new errors.ChainUnavailableError('x'),
    new errors.AskCancelledError('x'),
    new errors.NotRunningError('a', 'b'),
    new errors.NotOfferedError('a', 'b'),
    new errors.NotFoundError('a', 'b'),
    ...store.map(kind => new errors.StoreError(kind, 'x')),
    new errors.SignError('x'),
    new errors.LifecycleError('x'),
    new errors.UnreachableError('x')
  ]
  for (const { code, httpStatus, exitCode, gfsp } of samples) {
    const number = gfsp === undefined ? '' : ` · GfSp ${gfsp.codeSpace} ${gfsp.innerCode}`
    t.match(sections.get(code) ?? '', new RegExp(`^HTTP ${httpStatus} · exit ${exitCode}${number}\\. `), code)
  }
})
