/** A static SP list with which a node would start, and then nothing would be asked or granted. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/index.js'
import { checkFiles } from '../../src/config/module-options.js'
import { createKey, operatorAddressOf, peerIdOf, writeKey } from '../../src/index.js'

const OTHER = createKey()

async function faultsOf(t: Test, list: (sp: string, peerId: string) => string): Promise<readonly string[]> {
  const folder = t.testdir()
  const [node, operator] = [createKey(), createKey()]
  await writeKey(join(folder, 'node.key'), node)
  await writeKey(join(folder, 'operator.key'), operator)
  writeFileSync(join(folder, 'providers.toml'), list(operatorAddressOf(operator), peerIdOf(node)))
  writeFileSync(join(folder, 'config.toml'), "[P2P]\nDataPath = '.'\n[Chain]\nMode = 'static'\n")
  return await checkFiles(loadConfig({ file: join(folder, 'config.toml') }))
}

const chain = (genesis = '2025-01-01T00:00:00Z'): string =>
  `[chain]\nnetwork = 'local'\ngenesis = ${genesis}\nblock_time = '2s'\n`
const entry = (sp: string, more = ''): string => `[[providers]]\noperator_address = '${sp}'\n${more}\n`

t.test('a list on which this node works is taken', async t => {
  t.strictSame(await faultsOf(t, sp => chain() + entry(sp)), [], 'open')
  t.strictSame(await faultsOf(t, (sp, id) => chain() + entry(sp, `nodes = [{ peer_id = '${id}' }]`)), [], 'closed')
  t.strictSame(await faultsOf(t, sp => chain() + entry(sp, "status = 'IN_JAILED'")), [], 'a jail is no mistake')
})

t.test('a list that is empty, lacks this SP or its node, or begins in the future is told', async t => {
  const other = operatorAddressOf(OTHER)
  const table: readonly [(sp: string, id: string) => string, RegExp][] = [
    [() => chain(), /expected a list with this SP on it, got an empty one$/],
    [() => chain() + entry(other), /this SP, 0x\w{40}, is not on the list: others refuse it$/],
    [
      sp => chain() + entry(sp, `nodes = [{ peer_id = '${peerIdOf(OTHER)}' }]`),
      /the list names other nodes of this SP, not ours, 16Uiu2HA\w+: others refuse it$/
    ],
    [sp => chain('2999-01-01T00:00:00Z') + entry(sp), /expected a height, got none: .*genesis lies in the future/]
  ]
  for (const [list, fault] of table) {
    const faults = await faultsOf(t, list)
    t.equal(faults.length, 1)
    t.match(faults[0], fault)
    t.match(faults[0], /^\/.*config\.toml: \[Chain\] ProvidersFile: /)
  }
})

t.test('an address of the list that is no TCP address is refused', async t => {
  const node = (sp: string, id: string, address: string): string =>
    chain() + entry(sp, `nodes = [{ peer_id = '${id}', addresses = ['${address}'] }]`)
  await t.rejects(
    faultsOf(t, (sp, id) => node(sp, id, '/ip4/1.2.3.4/udp/9933/quic-v1')),
    {
      code: 'ERR_CONFIG',
      message: /addresses\[0\]: expected a TCP multiaddr such as .*, got "\/ip4\/1\.2\.3\.4\/udp\/9933\/quic-v1"/
    }
  )
  t.strictSame(await faultsOf(t, (sp, id) => node(sp, id, '/dns4/sp_0.example.com/tcp/9933')), [])
})
