/** A daemon and another SP of the same list, in this process, that are connected. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import {
  createKey,
  createP2PModule,
  localSigner,
  memoryStore,
  type P2PModule,
  peerIdOf,
  staticChain
} from '../../src/index.js'
import { ANY_PORT, type Daemon, run, startDaemon } from './command.js'

export interface Pair {
  readonly cwd: string
  readonly daemon: Daemon
  /** Operator address of the daemon's SP. */
  readonly operatorAddress: string
  readonly httpUrl: string
  readonly module: P2PModule
  /** Kinds of the alarms in force, as `/-/ready` lists them, and whether it says yes. */
  ready(): Promise<{ readonly ready: boolean; readonly alarms: readonly string[] }>
}

/** @param prepare puts more files into the daemon's folder, which `init` has filled */
export async function startPair(
  t: Test,
  env: Readonly<Record<string, string>>,
  prepare: (cwd: string) => void = () => undefined
): Promise<Pair> {
  const cwd = t.testdir()
  const { operatorAddress } = JSON.parse((await run(['init', '--json'], { cwd })).stdout)
  prepare(cwd)
  const [nodeKey, signer] = [createKey(), localSigner(createKey())]
  const file = join(cwd, 'providers.toml')
  const other = `\n[[providers]]\noperator_address = '${signer.operatorAddress}'\nnodes = [{ peer_id = '${peerIdOf(nodeKey)}' }]\n`
  // The port is the system's choice: the list names none.
  writeFileSync(file, readFileSync(file, 'utf8').replace("'/ip4/127.0.0.1/tcp/9933'", '') + other)
  const options = { cwd, env: { SP_APPROVAL__ASK__MIN: '1', ...env } }
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--allow-private'], options)
  const { httpUrl, addresses, peerId } = daemon.ready as Record<'httpUrl' | 'peerId', string> & { addresses: string[] }
  const module = await createP2PModule({
    operatorAddress: signer.operatorAddress,
    signer,
    nodeKey,
    chain: staticChain({ file }),
    store: memoryStore(),
    bootstrap: [`${peerId}@127.0.0.1:${addresses[0]?.split('/')[4]}`],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true,
    dht: 'off'
  })
  await module.start()
  t.teardown(() => module.stop())
  await module.waitForSps(1)
  const token = readFileSync(join(cwd, 'data/api.token'), 'utf8').trim()
  const ready = async () => {
    const response = await fetch(`${httpUrl}/-/ready`, { headers: { authorization: `Bearer ${token}` } })
    const { alarms } = (await response.json()) as { alarms: { kind: string }[] }
    return { ready: response.ok, alarms: alarms.map(({ kind }) => kind) }
  }
  return { cwd, daemon, operatorAddress, httpUrl, module, ready }
}
