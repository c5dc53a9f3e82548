import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { DaemonClient } from '../../shell/client.js'
import { printable } from '../../shell/output.js'

const TYPES = 'ask:sent,approval:received,approval:refused,approval:rejected,ask:done'
/** After the result has come, its events may still be on their way. */
const DRAIN_MS = 500

export interface Watch {
  /** From now on the events of this task are printed, those that came already first. */
  follow(key: string): void
  /** Resolves when the last event was printed. */
  drained(): Promise<void>
  close(): void
}

interface AskEvent {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Prints what happens to an ask: a line an event, on stderr so that stdout stays the result; JSON lines with `json`. */
export async function watchAsk(client: DaemonClient, json: boolean): Promise<Watch> {
  const controller = new AbortController()
  const response = await client.open(`/api/v1/events?types=${TYPES}`, { signal: controller.signal })
  const early: AskEvent[] = []
  let key: string | undefined
  let finish: () => void = () => undefined
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  const show = (event: AskEvent): void => {
    if (event.data.key !== key) return
    process.stderr.write(`${json ? JSON.stringify({ event: event.type, ...event.data }) : lineOf(event)}\n`)
    if (event.type === 'ask:done') finish()
  }
  void readEvents(response, event => (key === undefined ? early.push(event) : show(event))).finally(finish)
  return {
    follow(task) {
      key = task
      for (const event of early.splice(0)) show(event)
    },
    async drained() {
      const late = setTimeout(finish, DRAIN_MS)
      await finished
      clearTimeout(late)
    },
    close: () => controller.abort()
  }
}

async function readEvents(response: Response, seen: (event: AskEvent) => void): Promise<void> {
  if (response.body === null) return
  let type = ''
  try {
    for await (const line of createInterface({ input: Readable.fromWeb(response.body as never) })) {
      if (line.startsWith('event: ')) type = line.slice(7)
      else if (line.startsWith('data: ')) seen({ type, data: JSON.parse(line.slice(6)) as AskEvent['data'] })
    }
  } catch {
    // closed by us or by the daemon: the result tells what there is to know
    return
  }
}

function lineOf({ type, data }: AskEvent): string {
  const { sp, expiredHeight } = { ...data, ...(data.approval as object | undefined) } as Record<string, unknown>
  const text = {
    'ask:sent': `asked ${data.asked} nodes`,
    'approval:received': `approved by ${sp} until height ${expiredHeight}`,
    'approval:refused': `refused by ${sp}: ${data.code} ${data.reason}`,
    'approval:rejected': `an answer of ${sp} does not count: ${data.why}`,
    'ask:done': `done: ${data.outcome}`
  }[type]
  return printable(text ?? type)
}
