import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { checkFolders } from '../../src/config/check-folders.js'
import { InvalidConfigError, loadConfig } from '../../src/config/index.js'

const worker = join(import.meta.dirname, 'check-without-rights.js')

/** A folder that anybody can reach, with a file and a configuration in it. */
function place(t: Test, toml: string): { readonly dir: string; readonly config: string } {
  const dir = mkdtempSync(join(tmpdir(), 'folders-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const config = join(dir, 'config.toml')
  writeFileSync(join(dir, 'file'), '')
  writeFileSync(config, toml)
  chmodSync(dir, 0o755)
  return { dir, config }
}

async function problems(file: string): Promise<readonly string[]> {
  try {
    await checkFolders(loadConfig({ file }))
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.problems
    throw error
  }
  return []
}

const withoutRights = async (file: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [worker, file])).stdout

t.test('folders that can be made are fine, and are not made', async t => {
  const { dir, config } = place(
    t,
    "[P2P]\nDataPath = './a/b/data'\n[Api]\nTokenFile = './c/token'\n[Log]\nPath = './e/log'"
  )
  t.same(await problems(config), [])
  t.same(readdirSync(dir).sort(), ['config.toml', 'file'])
})

t.test('one thing in the way is one line, whatever else it stops', async t => {
  const { dir, config } = place(t, "[P2P]\nDataPath = './file/data'")
  const data = join(dir, 'file/data')
  t.same(await problems(config), [
    `${config}: [P2P] DataPath: expected a folder that can be made and written, ${data}, got a file at ${join(dir, 'file')}`
  ])
})

t.test('two things in the way are two lines', async t => {
  const { dir, config } = place(t, "[Api]\nTokenFile = './file/token'\n[Log]\nPath = './other/sub/log'")
  writeFileSync(join(dir, 'other'), '')
  t.match(await problems(config), [
    /\[Api\] TokenFile: expected a file that can be made and written, .*\/file\/token, got a file at .*\/file$/,
    /\[Log\] Path: .*got a file at .*\/other$/
  ])
})

t.test('a file where the grant store belongs is in the way', async t => {
  const { dir, config } = place(t, '')
  mkdirSync(join(dir, 'data'))
  writeFileSync(join(dir, 'data/approvals'), '')
  t.match(await problems(config), [/\[P2P\] DataPath: .*got a file at .*\/data\/approvals$/])
})

t.test('files that are there need no folder that can be written', async t => {
  const { dir, config } = place(t, "[Log]\nPath = './kept/log'\n[Chain]\nProvidersFile = './kept/providers.toml'")
  mkdirSync(join(dir, 'kept'))
  writeFileSync(join(dir, 'kept/log'), '')
  chmodSync(join(dir, 'kept'), 0o555)
  chmodSync(dir, 0o777)
  t.equal(await withoutRights(config), 'ok')
})

t.test('a folder in which one may not write, or not even look, is in the way', async t => {
  const { dir, config } = place(t, "[P2P]\nDataPath = './closed/data'")
  const closed = join(dir, 'closed')
  for (const mode of [0o555, 0o000]) {
    mkdirSync(closed)
    chmodSync(closed, mode)
    t.match(
      await withoutRights(config),
      /\[P2P\] DataPath: expected a folder that can be made and written, .*\/closed\/data, got no permission to write in .*\/closed/
    )
    chmodSync(closed, 0o755)
    rmSync(closed, { recursive: true })
  }
})
