/** A node whose log cannot be written. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createKey, createP2PModule, localSigner, memoryStore, peerIdOf, staticChain } from '../../src/index.js'
import { guardChild } from '../support/guard.js'
import { ANY_PORT, bin, run, startDaemon } from './command.js'

t.test(
  'with its output on a full disk, or read by nobody after its first line, a node stays and ends in order',
  async t => {
    const full = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(full))
    for (const stdout of [full, 'pipe'] as const) {
      const cwd = t.testdir()
      const args = [bin, 'start', ...ANY_PORT, '--json']
      const env = { PATH: process.env.PATH }
      const child = guardChild(spawn(process.execPath, args, { cwd, env, stdio: ['ignore', stdout, full] }))
      const url = join(cwd, 'data/api.url')
      if (child.stdout !== null) {
        await once(child.stdout, 'data')
        child.stdout.destroy()
      } else while (!existsSync(url) || readFileSync(url, 'utf8') === '') await pause(20)
      const healthy = await fetch(`${readFileSync(url, 'utf8').trim()}/-/healthy`)
      t.equal(healthy.status, 200)
      child.kill('SIGTERM')
      t.strictSame(await once(child, 'exit'), [0, null])
    }
  }
)

t.test('with its log on a full disk a node asks, grants, says so and ends in order', async t => {
  const cwd = t.testdir()
  const init = JSON.parse((await run(['init', '--json'], { cwd })).stdout)
  const [nodeKey, signer] = [createKey(), localSigner(createKey())]
  const file = join(cwd, 'providers.toml')
  const other = `\n[[providers]]\noperator_address = '${signer.operatorAddress}'\nnodes = [{ peer_id = '${peerIdOf(nodeKey)}' }]\n`
  // The port is the system's choice: the list names none.
  writeFileSync(file, readFileSync(file, 'utf8').replace("'/ip4/127.0.0.1/tcp/9933'", '') + other)
  const env = { SP_APPROVAL__LOG__PATH: '/dev/full', SP_APPROVAL__LOG__LEVEL: 'debug', SP_APPROVAL__ASK__MIN: '1' }
  const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--allow-private'], { cwd, env })
  const { httpUrl, addresses, peerId } = daemon.ready as Record<'httpUrl' | 'peerId', string> & { addresses: string[] }
  const [, , , , port] = addresses[0]?.split('/') ?? []
  const module = await createP2PModule({
    operatorAddress: signer.operatorAddress,
    signer,
    nodeKey,
    chain: staticChain({ file }),
    store: memoryStore(),
    bootstrap: [`${peerId}@127.0.0.1:${port}`],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    allowPrivate: true,
    dht: 'off'
  })
  await module.start()
  t.teardown(() => module.stop())
  await module.waitForSps(1)

  const task = module.createTask({ bucketName: 'b', objectName: 'o', id: '1', payloadSize: 1n << 20n })
  const { approvals } = await module.handleReplicatePieceApproval(task, { min: 1, max: 1, timeoutMs: 20_000 })
  t.match(approvals, [{ sp: init.operatorAddress }], "another SP's ask is granted")

  const http = ['--http', httpUrl]
  const ask = await run(
    ['ask', ...http, '--bucket', 'b', '--object', 'p', '--id', '2', '--payload-size', '1MiB', '--min', '1', '--json'],
    { cwd }
  )
  t.match(ask, { code: 0 }, 'an ask of its own succeeds')
  t.match(JSON.parse(ask.stdout), { approvals: [{ sp: signer.operatorAddress }] })

  t.match(daemon.text.stdout, /"event":"ready","reachable":1,"min":1/, 'it said ready when it was')
  daemon.signal('SIGTERM')
  t.equal(await daemon.ended(), 0, daemon.text.stderr)
})
