/** What the checks of the package run, with the package loaded in one way or another. */
import { execFileSync } from 'node:child_process'

export const run = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** Starts a node, has its address named by the overview, and stops it: libp2p, stores and codecs are loaded for real. */
export const PROGRAM = `
  const key = createKey()
  const module = await createP2PModule({
    operatorAddress: operatorAddressOf(key),
    signer: localSigner(key),
    chain: { listProviders: async () => [], height: async () => 1n },
    listen: ['/ip4/127.0.0.1/tcp/0'],
    dht: 'off'
  })
  const api = createHttpApi({ module, address: '127.0.0.1:0' })
  await module.start()
  await api.start()
  const bad = await fetch(api.url + '/api/v1/peers?limit=none')
  console.log(JSON.stringify({ version: module.overview().version, nodes: module.handleQueryBootstrap().length, bad: bad.status }))
  await api.stop()
  await module.stop()
`
export const NAMES = '{ createKey, createP2PModule, localSigner, operatorAddressOf }'
/** What it prints. */
export const PRINTED = { version: /^\d+\.\d+\.\d+/, nodes: 1, bad: 400 }
