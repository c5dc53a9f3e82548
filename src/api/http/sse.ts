/** The module's events as server-sent events (HTML Living Standard, section 9.2). */
import type { ServerResponse } from 'node:http'
import type { Clock, Logger, SpApproval, Timer } from '../../index.js'
import { HttpError } from '../../kit/http/problem.js'
import { toJson } from '../../kit/json.js'
import { componentLogger } from '../../logger.js'
import { EVENT_NAMES } from './schemas/events.js'

/** Proxies and browsers give up on silent connections after 30 s or more. */
export const HEARTBEAT_MS = 15_000
/** Events kept for clients that reconnect with `Last-Event-ID`. */
export const EVENTS_KEPT = 512
/** Unread bytes after which a client is disconnected; it reconnects and catches up. */
export const MAX_BACKLOG_BYTES = 1024 * 1024
export const MAX_STREAMS = 64

interface SentEvent {
  readonly number: number
  readonly type: string
  readonly text: string
}

interface Client {
  readonly response: ServerResponse
  readonly types: ReadonlySet<string> | undefined
}

export interface EventHubInit {
  readonly module: SpApproval
  readonly clock: Clock
  readonly logger: Logger
  readonly heartbeatMs?: number | undefined
  readonly maxStreams?: number | undefined
}

export class EventHub {
  readonly #init: EventHubInit
  readonly #maxStreams: number
  readonly #clients = new Set<Client>()
  readonly #kept: SentEvent[] = []
  #epoch = ''
  #count = 0
  #timer: Timer | undefined

  constructor(init: EventHubInit) {
    this.#init = { ...init, logger: componentLogger(init.logger, 'api/http/sse') }
    this.#maxStreams = init.maxStreams ?? MAX_STREAMS
  }

  start(): void {
    const { module, clock } = this.#init
    this.#epoch = clock.now().toString(36)
    this.#count = 0
    for (const name of EVENT_NAMES) module.addEventListener(name, this.#onEvent)
    this.#beat()
  }

  /** Ends every stream; clients see a regular end and reconnect after a restart. */
  stop(): void {
    const { module, clock } = this.#init
    for (const name of EVENT_NAMES) module.removeEventListener(name, this.#onEvent)
    clock.clearTimeout(this.#timer)
    for (const { response } of this.#clients) response.end()
    this.#clients.clear()
    this.#kept.length = 0
  }

  /** @throws HttpError 503 when as many clients as allowed listen already */
  requireRoom(): void {
    if (this.#clients.size < this.#maxStreams) return
    throw new HttpError(
      503,
      'ERR_TOO_MANY_STREAMS',
      `events: expected at most ${this.#maxStreams} open streams, got one more`,
      { retryAfterMs: 5_000 }
    )
  }

  /** Takes over a response whose head is written. */
  attach(response: ServerResponse, types: ReadonlySet<string> | undefined, lastEventId: string | undefined): void {
    const client: Client = { response, types }
    this.#clients.add(client)
    response.on('close', () => this.#clients.delete(client))
    response.on('error', error => {
      this.#clients.delete(client)
      this.#init.logger.debug({ err: error }, 'event stream broke off')
    })
    this.#send(client, 'retry: 2000\n\n')
    if (lastEventId !== undefined && lastEventId !== '') this.#catchUp(client, lastEventId)
  }

  readonly #onEvent = (event: CustomEvent<unknown>): void => {
    const number = ++this.#count
    const data = JSON.stringify(toJson(event.detail))
    const sent: SentEvent = {
      number,
      type: event.type,
      text: `id: ${this.#epoch}-${number}\nevent: ${event.type}\ndata: ${data}\n\n`
    }
    this.#kept.push(sent)
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift()
    for (const client of this.#clients) this.#offer(client, sent)
  }

  #offer(client: Client, event: SentEvent): void {
    if (client.types === undefined || client.types.has(event.type)) this.#send(client, event.text)
  }

  #catchUp(client: Client, lastEventId: string): void {
    const [epoch, digits] = lastEventId.split('-')
    const last = Number(digits)
    const first = this.#kept[0]?.number ?? this.#count + 1
    if (epoch !== this.#epoch || !Number.isInteger(last) || last + 1 < first || last > this.#count) {
      this.#send(client, 'event: stream:gap\ndata: {"reason":"the events after this id are no longer kept"}\n\n')
      return
    }
    for (const event of this.#kept) if (event.number > last) this.#offer(client, event)
  }

  #send(client: Client, text: string): void {
    client.response.write(text)
    if (client.response.writableLength <= MAX_BACKLOG_BYTES) return
    this.#clients.delete(client)
    client.response.destroy()
    this.#init.logger.warn({ limit: MAX_BACKLOG_BYTES }, 'event stream dropped: its client does not read')
  }

  #beat(): void {
    this.#timer = this.#init.clock.setTimeout(() => {
      for (const client of this.#clients) this.#send(client, ': heartbeat\n\n')
      this.#beat()
    }, this.#init.heartbeatMs ?? HEARTBEAT_MS)
  }
}
