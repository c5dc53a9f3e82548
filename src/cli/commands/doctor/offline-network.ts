import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { coordinatorOf } from '../../../config/coordinator.js'
import type { EffectiveConfig } from '../../../config/index.js'
import { createKey, type Finding, localSigner, messageOf, type SpAddress } from '../../../index.js'

const TRY_MS = 3_000
/** An operator should look into a larger difference; asks are refused from ten minutes on. */
const CLOCK_WARN_MS = 5_000

export const found = (check: string, verdict: Finding['verdict'], what: string, todo?: string): Finding => ({
  check,
  verdict,
  what,
  ...(todo !== undefined && { todo })
})

/** Whether the name of a host resolves and its port takes a connection. */
export async function checkTarget(check: string, name: string, host: string, port: number): Promise<Finding> {
  try {
    const { address } = await lookup(host)
    await connects(address, port)
    return found(check, 'ok', `${name} takes connections`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
    const [trouble, todo] = /ENOTFOUND|EAI_/.test(code)
      ? [`${host} does not resolve`, 'check the name, and the resolver of this machine']
      : ['no connection', 'ask its operator whether it runs; check firewalls']
    return found(check, 'warn', `${name}: ${trouble} (${code})`, todo)
  }
}

async function connects(host: string, port: number): Promise<void> {
  const socket = connect({ host, port, timeout: TRY_MS })
  socket.once('timeout', () => socket.destroy(new Error(`no answer within ${TRY_MS} ms`)))
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

/** Whether the coordinator answers with what its key signed, lists this SP, and has our time. */
export async function checkCoordinator(
  config: EffectiveConfig,
  operator: ReturnType<typeof localSigner> | undefined
): Promise<readonly Finding[]> {
  const { CoordinatorURL } = config.settings.Chain
  const chain = coordinatorOf(config, { signer: operator ?? localSigner(createKey()) })
  const clock = checkClock(CoordinatorURL)
  await chain.start()
  try {
    const { alarm, sps, height } = chain.status()
    if (height === undefined) {
      const todo = 'check [Chain] CoordinatorURL, CoordinatorPublicKey and Network, and that it runs'
      return [found('coordinator', 'fail', alarm ?? `${CoordinatorURL}: no answer`, todo), ...(await clock)]
    }
    return [
      found('coordinator', 'ok', `${CoordinatorURL} answers: ${sps} on its list, height ${height}`),
      ...(operator === undefined ? [] : [checkListed(operator.operatorAddress, chain)]),
      ...(await clock)
    ]
  } finally {
    await chain.stop()
  }
}

function checkListed(sp: SpAddress, chain: ReturnType<typeof coordinatorOf>): Finding {
  const listed = chain.status().sps > 0 && chain.registry.get(sp) !== undefined
  if (listed) return found('listed', 'ok', `this SP, ${sp}, is on its list`)
  const todo = 'it joins when it starts, if the coordinator admits it: --allow or a join token there'
  return found('listed', 'warn', `this SP, ${sp}, is not on its list`, todo)
}

/** The `date` of an answer has a resolution of a second. */
async function checkClock(url: string): Promise<readonly Finding[]> {
  try {
    const response = await fetch(`${url}/v1/state`, { signal: AbortSignal.timeout(TRY_MS), redirect: 'error' })
    await response.body?.cancel()
    const skew = Date.parse(response.headers.get('date') ?? '') - Date.now()
    if (Number.isNaN(skew)) return []
    if (Math.abs(skew) < CLOCK_WARN_MS) return [found('clock', 'ok', "our clock is the coordinator's")]
    const what = `our clock is ${Math.round(Math.abs(skew) / 1_000)} s ${skew > 0 ? 'behind' : 'ahead of'} the coordinator's`
    return [found('clock', 'warn', what, 'set the clock of this machine: timedatectl status')]
  } catch {
    return [] // that it cannot be reached is told already
  }
}
