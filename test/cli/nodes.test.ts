import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createCoordinator } from '../../src/coordinator/index.js'
import { coordinatorChain, localSigner, operatorAddressOf, writeKey } from '../../src/index.js'
import { keyOf, node } from '../chain/entries.js'
import { run } from './command.js'

t.test('an operator says which nodes its SP has, without a running one', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'sp-nodes-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const [network, operatorAddress] = ['local', operatorAddressOf(keyOf(1))]
  const coordinator = createCoordinator({ network, dataDir: join(cwd, 'c'), key: keyOf(200), allow: [operatorAddress] })
  t.teardown(() => coordinator.stop())
  const { url } = await coordinator.start()
  const { publicKey } = coordinator
  await writeKey(join(cwd, 'operator.key'), keyOf(1))
  await writeKey(join(cwd, 'node.key'), keyOf(9))
  const keys = `[P2P]\nP2PPrivateKeyFile = 'node.key'\n[SpAccount]\nOperatorPrivateKeyFile = 'operator.key'\n[Chain]\n`
  const chain = `Mode = 'coordinator'\nCoordinatorURL = '${url}'\nCoordinatorPublicKey = '${publicKey}'\n`
  writeFileSync(join(cwd, 'config.toml'), keys + chain)
  writeFileSync(join(cwd, 'static.toml'), `${keys}Mode = 'static'\n`)
  const listed = () => coordinator.entries()[0]?.nodes

  // Two nodes that ran once and are gone.
  const sign = localSigner(keyOf(1))
  const gone = coordinatorChain({ url, publicKey, network, operatorAddress, sign })
  await gone.replaceNodes([node(6), node(7)])

  const { peerId } = node(8)
  const replaced = await run(['nodes', 'replace', node(7).peerId, `${peerId}@sp1.example.com:9933`, '--json'], { cwd })
  t.equal(replaced.code, 0, replaced.stderr)
  const now = [node(7), { peerId, addresses: ['/dns4/sp1.example.com/tcp/9933'] }]
  t.strictSame(listed(), now)
  t.match(JSON.parse(replaced.stdout), { sp: operatorAddress, nodes: now.map(one => ({ ...one, self: false })) })

  const [all, elsewhere] = await Promise.all([
    run(['nodes', 'rm', ...now.map(one => one.peerId)], { cwd }),
    run(['nodes', 'replace', '-c', 'static.toml'], { cwd })
  ])
  t.match(all, {
    code: 2,
    stderr: /^error: nodes rm: these are all nodes of this SP; expected --all.* \(ERR_USAGE\)\n$/
  })
  t.match(elsewhere, { code: 2, stderr: /expected \[Chain\] Mode = 'coordinator', got 'static'/ })
  t.strictSame(listed(), now, 'nothing of that changed the list')

  t.match(await run(['nodes', 'rm', peerId], { cwd }), { code: 0, stdout: /^PEER +SELF +ADDRESS\n16Uiu2\w+ +\/\w+4\// })
  t.strictSame(listed(), [node(7)])
})
