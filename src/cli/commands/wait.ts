import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { NodeView } from '../../api/http/index.js'
import { UnreachableError } from '../../errors.js'
import { action } from '../shell/action.js'
import { connect } from '../shell/client.js'
import { addDaemonOptions, type DaemonOptions } from '../shell/options.js'
import { print, printJson, spin } from '../shell/output.js'
import { durationOption, integerOption } from '../shell/parse.js'

interface WaitOptions extends DaemonOptions {
  readonly min?: string
  readonly timeout: string
}

/** Between two requests; a start takes about a second. */
const POLL_MS = 200

export function registerWait(program: Command): void {
  const wait = addDaemonOptions(program.command('wait').description('wait until the daemon reaches enough SPs'))
    .option('--min <n>', 'SPs that must be reachable (default: [Ask] Min)')
    .option('--timeout <duration>', 'give up after', '60s')
  action<WaitOptions>(wait, async () => options => spin('waiting for SPs', options, () => waitForSps(options)))
}

/** Asks until enough SPs are reachable; a daemon that is still starting is waited for as well. */
async function waitForSps(options: WaitOptions): Promise<void> {
  const timeoutMs = durationOption('--timeout', options.timeout)
  const end = performance.now() + timeoutMs
  const asked = options.min === undefined ? undefined : integerOption('--min', options.min, 0, 100_000)
  let last = 'no answer'
  let unreachable: UnreachableError | undefined
  for (;;) {
    const left = end - performance.now()
    try {
      const client = await connect(options)
      const min = asked ?? client.config.settings.Ask.Min
      const node = await client.get<NodeView>('/api/v1/node', { timeoutMs: Math.max(1, Math.min(left, 5_000)) })
      if (node.state === 'started' && node.spsReachable >= min) {
        if (options.json === true) printJson({ reachable: node.spsReachable, min })
        else print(`reachable SPs: ${node.spsReachable}`)
        return
      }
      unreachable = undefined
      last = `${node.spsReachable} of ${min} SPs, the node is ${node.state}`
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
      unreachable = error
    }
    if (end - performance.now() <= POLL_MS) break
    await sleep(POLL_MS)
  }
  // an unreachable daemon is a different fault from too few SPs, with its own hint
  if (unreachable !== undefined) throw unreachable
  throw new UnreachableError(`wait: expected enough reachable SPs within ${options.timeout}, got ${last}`, {
    hint: 'sp-approval sps ls shows which SPs are reachable, sp-approval doctor why others are not'
  })
}
