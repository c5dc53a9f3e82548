import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSource } from './source-file.js'

/** What only a wire may know: its messages' bytes, their encoding, what its signatures cover. */
const WIRE_WORDS = /\bbytes\b|encode|decode|gfsp|sign_?bytes|digests|keccak|signedBy/i
/** Modules that a wire is built of. */
const WIRE_IMPORTS = /\/(v0|muxer|door)\/|\/codec\/(?!address\.|peer-id\.)|\/identity\/verifier\.|^@libp2p\//

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g

function breaches(file: string, text: string): readonly string[] {
  const word = WIRE_WORDS.exec(text.replace(COMMENTS, ''))?.[0]
  const imported = readSource(file, text).imports.find(({ specifier }) => WIRE_IMPORTS.test(specifier))
  return [
    ...(word === undefined ? [] : [`${file} names ${word}`]),
    ...(imported === undefined ? [] : [`${file} imports ${imported.specifier}`])
  ]
}

const src = join(process.cwd(), 'src')
const files = ['protocols/asking', 'protocols/granting'].flatMap(folder =>
  readdirSync(join(src, folder), { encoding: 'utf8' }).map(name => `${folder}/${name}`)
)

t.test('asker and approver name no bytes of a wire', async t => {
  t.ok(files.length > 10, `${files.length} files read`)
  for (const file of files) t.strictSame(breaches(file, readFileSync(join(src, file), 'utf8')), [], file)
})

t.test('each way to name them would be found', async t => {
  const broken = [
    'readonly bytes: Uint8Array',
    'const message = encodeTask(task)',
    'const digests = taskDigests(task, 0n)',
    'if (!signedBy(verifier, [digest], signature, sp)) return',
    "import { gfspWire } from './x.js'",
    "import { Sender } from '../v0/sender.js'",
    "import { keccak256 } from '../../codec/keccak.js'"
  ]
  for (const text of broken) t.ok(breaches('protocols/asking/x.ts', text).length > 0, text)
  t.strictSame(breaches('protocols/asking/x.ts', '/** The bytes of a wire. */\nconst freeBytes = askDigest'), [])
})
