/** docs/POLICY.md against the policy command: what it shows is what a command reads, and its example decides. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/index.js'
import { checkFiles } from '../../src/config/module-options.js'
import type { PolicyFacts } from '../../src/domain/policy-rules.js'
import { REFUSAL_CODES } from '../../src/domain/refusal.js'
import { commandInput } from '../../src/policy/command-reply.js'
import { filePolicy } from '../../src/policy/file-policy.js'
import { facts, GIB } from '../policy/facts.js'

const page = readFileSync(join(process.cwd(), 'docs/POLICY.md'), 'utf8')

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (found === undefined) throw new Error(`docs/POLICY.md: expected a ${language} block`)
  return found
}

t.test('the page shows the very input of a command, and explains each of its fields', async t => {
  t.strictSame(JSON.parse(block('json')), JSON.parse(commandInput(facts())))
  const explained = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/\w+/g)].map(([name]) => name)
  )
  t.strictSame(explained.sort(), Object.keys(JSON.parse(commandInput(facts()))).sort())
  for (const code of REFUSAL_CODES) t.match(page, `\`${code}\``)
})

t.test(
  'the example of the page decides as it says, in the folder of its configuration, wherever the daemon was started',
  async t => {
    const folder = join(t.testdir(), 'site')
    mkdirSync(folder)
    writeFileSync(join(folder, 'decide.mjs'), block('js'))
    chmodSync(join(folder, 'decide.mjs'), 0o755)
    writeFileSync(join(folder, 'config.toml'), block('toml'))
    writeFileSync(join(folder, 'policy.toml'), "Default = 'refuse'\n")
    const config = loadConfig({ file: join(folder, 'config.toml') })
    t.strictSame(await checkFiles(config), [], 'and config check takes it')

    const policy = filePolicy({
      file: join(folder, 'policy.toml'),
      command: config.settings.Policy.Command,
      commandFolder: folder,
      commandTimeoutMs: 30_000
    })
    await policy.start()
    t.teardown(() => policy.stop())
    const table: readonly [Partial<PolicyFacts>, object][] = [
      [{}, { outcome: 'approve', rule: 'command', reason: 'photos is welcome' }],
      [{ payloadSize: 21n * GIB }, { outcome: 'refuse', code: 'TOO_LARGE', reason: 'at most 20 GiB' }],
      [{ bucketName: 'tmp-1' }, { outcome: 'refuse', code: 'POLICY', reason: 'no temporary buckets' }]
    ]
    await Promise.all(table.map(async ([change, decision]) => t.match(await policy.decide(facts(change)), decision)))
    t.equal(policy.fault(), undefined)
  }
)
