/** A daemon whose machine had a wrong clock for a while. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createKey, operatorAddressOf } from '../../src/index.js'
import { ANY_PORT, startDaemon } from './command.js'
import { startPair } from './pair.js'

const HOUR_MS = 3_600_000
/** Within which an honest ask is granted once the clock is right. */
const BOUND_MS = 5_000
const CLOCK_AHEAD = new URL('../support/clock-ahead.js', import.meta.url).href

t.test(
  'list and nonces marked by a clock that was ahead hold nothing up after a start with the right time',
  async t => {
    const env = { SP_APPROVAL__ASK__MIN: '1', SP_APPROVAL__ASK__MAX: '1' }
    const pair = await startPair(t, { ...env, NODE_OPTIONS: `--import=${CLOCK_AHEAD}` })
    const { cwd } = pair
    const providers = join(cwd, 'providers.toml')
    const { addresses, peerId } = pair.module.overview()
    const node = `peer_id = '${peerId}'`
    // After its restart the daemon finds the other node by the list: it listens at another port than before.
    const right = readFileSync(providers, 'utf8').replace(node, `${node}, addresses = ['${addresses[0]}']`)
    const token = readFileSync(join(cwd, 'data/api.token'), 'utf8').trim()
    /** Of the same object each time, as a caller does who tries again. */
    const ask = async (httpUrl: unknown, timeout: string) => {
      const object = { bucket: 'photos', object: 'cat.jpg', id: '7', payloadSize: '1048576' }
      const response = await fetch(`${httpUrl}/api/v1/asks?wait=10s`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ object, timeout })
      })
      const retryAfterMs = 1_000 * Number(response.headers.get('retry-after') ?? 0)
      return { status: response.status, text: await response.text(), retryAfterMs }
    }
    const untilSpsAre = async (count: number, metricsUrl: unknown): Promise<void> => {
      for (const end = performance.now() + BOUND_MS; ; await pause(20)) {
        const [, known] = /^sp_approval_sps_known (\d+)$/m.exec(await (await fetch(String(metricsUrl))).text()) ?? []
        if (known === String(count)) return
        if (performance.now() > end) throw new Error(`${count} SPs on the list within ${BOUND_MS} ms: got ${known}`)
      }
    }

    pair.daemon.signal('SIGUSR2')
    writeFileSync(providers, `${right}\n[[providers]]\noperator_address = '${operatorAddressOf(createKey())}'\n`)
    const editedAt = (Date.now() + HOUR_MS) / 1_000
    utimesSync(providers, editedAt, editedAt)
    pair.daemon.signal('SIGHUP')
    await untilSpsAre(3, pair.daemon.ready.metricsUrl)
    t.match(await ask(pair.httpUrl, '200ms'), { text: /ERR_INSUFFICIENT_APPROVALS/ }, 'nobody believes its time')
    pair.daemon.signal('SIGTERM')
    t.equal(await pair.daemon.ended(), 0)
    const marks = JSON.parse(readFileSync(join(cwd, 'data/chain.json'), 'utf8')) as { list: { time: number } }
    t.ok(marks.list.time > Date.now() + HOUR_MS / 2, 'the mark of the list is ahead')

    writeFileSync(providers, right)
    const daemon = await startDaemon(t, ['start', ...ANY_PORT, '--allow-private'], { cwd, env })
    const begun = performance.now()
    await untilSpsAre(2, daemon.ready.metricsUrl)
    for (let answer = await ask(daemon.ready.httpUrl, '5s'); answer.status !== 200; ) {
      if (performance.now() - begun > 2 * BOUND_MS) throw new Error(answer.text)
      await pause(answer.retryAfterMs)
      answer = await ask(daemon.ready.httpUrl, '5s')
    }
    const ms = Math.round(performance.now() - begun)
    t.ok(ms <= BOUND_MS, `granted after ${ms} ms`)
  }
)
