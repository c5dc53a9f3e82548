/** What can be checked of a node that does not run: its configuration, keys and files, and whom it would dial. */
import { existsSync } from 'node:fs'
import { chainMode, type EffectiveConfig } from '../../../config/index.js'
import { checkFiles, haveKeys, keysOf } from '../../../config/module-options.js'
import {
  type Finding,
  loadKey,
  localSigner,
  messageOf,
  parseBootstrap,
  parseKeyHex,
  peerIdOf,
  SpApprovalError
} from '../../../index.js'
import { configOf, type GlobalOptions } from '../../shell/options.js'
import { checkCoordinator, checkTarget, found } from './offline-network.js'

/** Bootstrap entries that are tried. */
const MAX_TARGETS = 32

export async function checkOffline(options: GlobalOptions): Promise<readonly Finding[]> {
  const config = await configOf(options)
  const files = await checkedFiles(config)
  const keys = await Promise.all(keyFilesOf(config).map(([what, file]) => checkKeyFile(what, file)))
  return [
    ...files,
    ...config.warnings.map(what => found('config', 'warn', what, 'change the configuration')),
    ...keys,
    ...(await checkIdentity(config)),
    ...(await checkNetwork(config))
  ]
}

async function checkedFiles(config: EffectiveConfig): Promise<readonly Finding[]> {
  try {
    const faults = await checkFiles(config)
    if (faults.length === 0) return [found('config', 'ok', `${config.shownFile || 'defaults'}: valid, with its files`)]
    return faults.map(fault => found('sp-list', 'fail', fault, 'correct the SP file, or the clock of this machine'))
  } catch (error) {
    return [failed('config', error)]
  }
}

function keyFilesOf({ settings: { P2P, SpAccount } }: EffectiveConfig): readonly (readonly [string, string])[] {
  return [
    ...(P2P.P2PPrivateKey === '' ? [['the node key', P2P.P2PPrivateKeyFile] as const] : []),
    ...(SpAccount.OperatorPrivateKey === '' ? [['the operator key', SpAccount.OperatorPrivateKeyFile] as const] : [])
  ]
}

async function checkKeyFile(what: string, file: string): Promise<Finding> {
  if (existsSync(file)) {
    return checked('key-file', () => loadKey(file), `${what} can be read, by its owner alone: ${file}`)
  }
  const todo = 'sp-approval start makes a new one; where the SP has a key already, put it there with mode 0600'
  return found('key-file', 'warn', `${what} is not there: ${file}`, todo)
}

async function checkIdentity(config: EffectiveConfig): Promise<readonly Finding[]> {
  if (!haveKeys(config)) return []
  try {
    const { operatorAddress, node } = await keysOf(config, { create: false })
    return [found('key', 'ok', `this SP is ${operatorAddress}, its node ${peerIdOf(node)}`)]
  } catch (error) {
    return [failed('key', error)]
  }
}

async function checkNetwork(config: EffectiveConfig): Promise<readonly Finding[]> {
  const targets = config.settings.P2P.P2PBootstrap.slice(0, MAX_TARGETS)
  const bootstrap = Promise.all(
    targets.map(entry => {
      const [, , host = '', , port = ''] = parseBootstrap(entry).address.split('/')
      return checkTarget('bootstrap', entry, host, Number(port))
    })
  )
  if (chainMode(config) !== 'coordinator') return bootstrap
  try {
    const coordinator = checkCoordinator(config, await operatorOf(config))
    return [...(await bootstrap), ...(await coordinator)]
  } catch (error) {
    return [...(await bootstrap), failed('coordinator', error)]
  }
}

/** The signer of this SP's joins; `undefined` before the first start, which makes its key. */
async function operatorOf(config: EffectiveConfig): Promise<ReturnType<typeof localSigner> | undefined> {
  const { OperatorPrivateKey, OperatorPrivateKeyFile } = config.settings.SpAccount
  if (OperatorPrivateKey !== '') return localSigner(parseKeyHex(OperatorPrivateKey))
  return existsSync(OperatorPrivateKeyFile) ? localSigner(await loadKey(OperatorPrivateKeyFile)) : undefined
}

async function checked(check: string, work: () => Promise<unknown>, what: string): Promise<Finding> {
  try {
    await work()
    return found(check, 'ok', what)
  } catch (error) {
    return failed(check, error)
  }
}

function failed(check: string, error: unknown): Finding {
  const hint = error instanceof SpApprovalError ? error.hint : undefined
  return found(check, 'fail', messageOf(error), hint ?? 'correct it: sp-approval config check')
}
