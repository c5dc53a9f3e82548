import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { AskView } from '../../../api/http/index.js'
import { formatDuration } from '../../../domain/units.js'
import { action } from '../../shell/action.js'
import { connect, type DaemonClient, DaemonError } from '../../shell/client.js'
import { UsageError } from '../../shell/fail.js'
import { addDaemonOptions, type DaemonOptions } from '../../shell/options.js'
import { print, printJson, spin } from '../../shell/output.js'
import { durationOption, idOption, integerOption, sizeOption } from '../../shell/parse.js'
import { readTaskFile } from '../../shell/task-file.js'
import { printReport, summary } from './report.js'
import { watchAsk } from './watch.js'

interface AskOptions extends DaemonOptions {
  readonly bucket?: string
  readonly object?: string
  readonly id?: string
  readonly payloadSize?: string
  readonly task?: string
  readonly min?: string
  readonly max?: string
  readonly timeout?: string
  readonly priority?: string
  readonly watch?: boolean
}

/** Longest time that the API lets one request wait. */
const MAX_WAIT_MS = 60_000
const MAX_SPS = 100_000

export function registerAsk(program: Command): void {
  const ask = addDaemonOptions(program.command('ask').description('ask other SPs to take an object'))
    .option('--bucket <name>', 'bucket of the object')
    .option('--object <name>', 'name of the object')
    .option('--id <number>', 'id of the object')
    .option('--payload-size <size>', 'its size, e.g. 128MiB')
    .option('--task <file>', 'a whole task in proto3 JSON instead')
    .option('--min <n>', 'SPs that must approve (default: [Ask] Min)')
    .option('--max <n>', 'return at so many approvals (default: [Ask] Max)')
    .option('--timeout <duration>', 'deadline (default: [Ask] Timeout)')
    .option('--priority <n>', 'task priority, 0 to 255')
    .option('--watch', 'print what happens while it runs')
  action<AskOptions>(ask, async () => runAsk)
}

/** Asks through the daemon and waits for the result; Ctrl-C cancels the ask, not just this command. */
async function runAsk(options: AskOptions): Promise<number> {
  const body = bodyOf(options)
  const client = await connect(options)
  const { Timeout } = client.config.settings.Ask
  const timeoutMs = options.timeout === undefined ? Timeout : durationOption('--timeout', options.timeout)
  let begun: string | undefined
  const watch = options.watch === true ? await watchAsk(client, options.json === true) : undefined
  try {
    const run = () =>
      askAndWait(client, body, timeoutMs, key => {
        begun = key
        watch?.follow(key)
      })
    const result = watch === undefined ? await spin('asking', options, run) : await run()
    await watch?.drained()
    if (options.json === true) printJson(result)
    else {
      printReport(result)
      print(summary(result))
    }
    return 0
  } catch (error) {
    if (error instanceof DaemonError && isReport(error.problem.report)) {
      await watch?.drained()
      if (options.json === true) printJson(error.problem.report)
      else printReport(error.problem.report)
    } else if (error instanceof DaemonError && begun !== undefined && options.json === true) {
      // cancelled or failed on the way: there is still one object to print
      printJson(await client.get(`/api/v1/asks/${encodeURIComponent(begun)}`))
    }
    throw error
  } finally {
    watch?.close()
  }
}

/**
 * The same request twice, told apart from a second ask by its idempotency key: the first begins the ask and gives its
 * task key, the second waits for its end.
 */
async function askAndWait(
  client: DaemonClient,
  body: object,
  timeoutMs: number,
  begun: (key: string) => void
): Promise<AskView> {
  const headers = { 'idempotency-key': randomUUID() }
  const first = await client.request('POST', '/api/v1/asks', { body, headers })
  const { taskKey } = first.body as unknown as AskView
  begun(taskKey)
  const cancel = (): void => {
    client.post(`/api/v1/tasks/${encodeURIComponent(taskKey)}/cancel`).catch(ignoreAfterEnd)
  }
  process.once('SIGINT', cancel).once('SIGTERM', cancel)
  try {
    for (let answer = first; ; ) {
      if (answer.status === 200) return answer.body as unknown as AskView
      const waitMs = Math.min(MAX_WAIT_MS, timeoutMs + 5_000)
      const path = `/api/v1/asks?wait=${formatDuration(waitMs)}`
      answer = await client.request('POST', path, { body, headers, timeoutMs: waitMs + 10_000 })
    }
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel)
  }
}

/** The ask may end between the signal and the request; the waiting request tells how. */
const ignoreAfterEnd = (): void => undefined

const isReport = (value: unknown): value is AskView =>
  value !== null && typeof value === 'object' && 'approvals' in value && Array.isArray(value.approvals)

function bodyOf(options: AskOptions): object {
  const { bucket, object, id, payloadSize, task, min, max, timeout, priority } = options
  const named = { '--bucket': bucket, '--object': object, '--id': id, '--payload-size': payloadSize }
  const missing = Object.entries(named).filter(([, value]) => value === undefined)
  if (task !== undefined && missing.length < Object.keys(named).length) {
    throw new UsageError('ask: expected --task FILE or --bucket, --object, --id and --payload-size, got both')
  }
  if (task === undefined && missing.length > 0) {
    throw new UsageError(
      `ask: expected --task FILE or an object, got none: ${missing.map(([name]) => name).join(', ')} missing`
    )
  }
  const figures = {
    ...(min !== undefined && { min: integerOption('--min', min, 1, MAX_SPS) }),
    ...(max !== undefined && { max: integerOption('--max', max, 1, MAX_SPS) }),
    ...(timeout !== undefined && { timeout: formatDuration(durationOption('--timeout', timeout)) }),
    ...(priority !== undefined && { priority: integerOption('--priority', priority, 0, 255) })
  }
  if (figures.min !== undefined && figures.max !== undefined && figures.min > figures.max) {
    throw new UsageError(`--min: expected at most --max ${figures.max}, got ${figures.min}`)
  }
  if (task !== undefined) return { task: readTaskFile(task), ...figures }
  return {
    object: {
      bucket,
      object,
      id: idOption('--id', id ?? ''),
      payloadSize: `${sizeOption('--payload-size', payloadSize ?? '')}`
    },
    ...figures
  }
}
