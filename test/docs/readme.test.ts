import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  createKey,
  createP2PModule,
  localSigner,
  operatorAddressOf,
  type P2PModule,
  peerIdOf,
  staticChain,
  writeKey
} from '../../src/index.js'
import { blocksOf, compileBlocks, GIVE_UP_MS, runBlock } from './readme-blocks.js'

const root = process.cwd()
const page = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = blocksOf(page)
const code = blocks.filter(({ language }) => language === 'ts').map(block => block.code)

/** An SP file for the asker and its neighbours, as `configs/providers.toml` explains it. */
const providersToml = (sps: readonly { address: string; peerId?: string; addresses?: readonly string[] }[]): string =>
  `[chain]
network = 'local'
genesis = 2026-01-01T00:00:00Z
block_time = '2s'
${sps.map(entryToml).join('')}`

const entryToml = ({
  address,
  peerId,
  addresses = []
}: {
  address: string
  peerId?: string
  addresses?: readonly string[]
}) => `
[[providers]]
operator_address = '${address}'
${peerId === undefined ? '' : `nodes = [{ peer_id = '${peerId}', addresses = ${JSON.stringify(addresses)} }]\n`}`

/** The page's code with limits of time for a busy machine: five seconds are plenty for its readers. */
const patient = (block: string): string =>
  block.replaceAll(/(timeoutMs: |AbortSignal\.timeout\()\d+_000/g, `$1${GIVE_UP_MS}`)

t.test('its code compiles and runs as written', async t => {
  t.equal(code.length, 2)
  const compiled = await compileBlocks(code.map(patient))
  t.teardown(compiled.remove)
  const [embedding = '', subKey = ''] = compiled.files

  await t.test('embedding: an SP asks its neighbours and gets three promises', async t => {
    const dir = t.testdir()
    const askerKey = createKey()
    await mkdir(join(dir, 'data'), { mode: 0o700 })
    await writeKey(join(dir, 'data/operator.key'), askerKey)
    const file = join(dir, 'providers.toml')
    const neighbours = Array.from({ length: 4 }, () => ({ operatorKey: createKey(), nodeKey: createKey() }))
    const addresses = neighbours.map(({ operatorKey }) => operatorAddressOf(operatorKey))
    const list = [operatorAddressOf(askerKey), ...addresses].map(address => ({ address }))
    await writeFile(file, providersToml(list))

    const modules: P2PModule[] = []
    t.teardown(() => Promise.all(modules.map(module => module.stop())))
    const known: { address: string; peerId: string; addresses: string[] }[] = []
    for (const { operatorKey, nodeKey } of neighbours) {
      const signer = localSigner(operatorKey)
      const options = {
        signer,
        nodeKey,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        allowPrivate: true,
        chain: staticChain({ file })
      }
      const module = await createP2PModule({ operatorAddress: signer.operatorAddress, ...options })
      modules.push(module)
      await module.start()
      const dialable = module.overview().addresses.map(address => address.replace(/\/p2p\/.*$/, ''))
      known.push({ address: signer.operatorAddress, peerId: peerIdOf(nodeKey), addresses: dialable })
    }
    await writeFile(file, providersToml([{ address: operatorAddressOf(askerKey) }, ...known]))

    const lines = (await runBlock(embedding, dir)).trim().split('\n')
    const promised = lines.filter(line => line.startsWith('promised by '))
    const until = lines.filter(line => / until height \d+$/.test(line)).map(line => line.split(' ')[0])
    t.ok(promised.length >= 3, `${promised.length} events`)
    t.ok(until.length >= 3, `${until.length} approvals`)
    for (const sp of until)
      t.ok(
        addresses.some(address => address === sp),
        sp ?? ''
      )
  })

  await t.test('querying by sub-key shows the running task', async t => {
    const output = await runBlock(subKey, t.testdir())
    t.match(output, /^ReplicatePieceApproval-bucket:photos-object:\S+ asking \d\n$/)
  })
})

t.test('it keeps its promises about itself', async t => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const shell = blocks.filter(({ language }) => language === 'sh').map(block => block.code)
  t.match(shell[0], 'npm ci && npm run demo\nnpm ci && npm test\n')
  for (const [, script = ''] of shell.join('').matchAll(/npm (?:run )?(demo|test|cluster)\b/g)) {
    t.type(manifest.scripts[script], 'string', script)
  }
  const embedding = code[0]?.split('\n').filter(line => line.trim() !== '') ?? []
  t.ok(embedding.length <= 20, `embedding takes ${embedding.length} lines`)
  for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) t.ok(existsSync(join(root, target)), target)
  const table = page.slice(page.indexOf('## What it is built on'), page.indexOf('## Limits'))
  const firstColumn = table.split('\n').map(row => row.split('|')[1] ?? '')
  const named = new Set(firstColumn.flatMap(cell => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)))
  const { dependencies, optionalDependencies, devDependencies } = manifest
  const missing = Object.keys({ ...dependencies, ...optionalDependencies }).filter(name => !named.has(name))
  t.strictSame(missing, [], 'every dependency has its reason')
  const gone = [...named].filter(name => !(name in { ...dependencies, ...optionalDependencies, ...devDependencies }))
  t.strictSame(gone, [], 'every reason has its dependency')
})
