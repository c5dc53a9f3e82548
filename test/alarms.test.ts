import { readFileSync } from 'node:fs'
import t from 'tap'
import { ALARM_KINDS, Alarms } from '../src/alarms.js'
import type { Logger } from '../src/logger.js'
import { fakeClock } from '../src/testing/fake-clock.js'

const HOUR = 3_600_000

function register() {
  const clock = fakeClock()
  const lines: string[] = []
  const line = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`)
  const logger: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  return { clock, lines, alarms: new Alarms(clock, logger) }
}

t.test('an alarm is logged when it is raised, at each hour, and when it is over', async t => {
  const { clock, lines, alarms } = register()
  const raisedAt = clock.now()
  for (let reading = 0; reading < 5; reading++) {
    alarms.raise('sp-list', `no answer for ${reading} s`)
    await clock.advance(1_000)
  }
  t.strictSame(lines, ['warn no answer for 0 s'], 'not at each reading')
  t.strictSame(alarms.list, [{ kind: 'sp-list', message: 'no answer for 4 s', since: raisedAt }])
  await clock.advance(HOUR)
  alarms.remind()
  alarms.remind()
  await clock.advance(HOUR)
  alarms.raise('sp-list', 'no answer for 2 h')
  t.strictSame(lines.slice(1), ['warn still: no answer for 4 s', 'warn still: no answer for 2 h'])
  alarms.clear('sp-list')
  alarms.clear('sp-list')
  t.strictSame(lines.slice(3), ['info the alarm is over'])
  t.strictSame(alarms.list, [])
  await clock.advance(HOUR)
  alarms.remind()
  t.equal(lines.length, 4)
})

t.test('another cause of the same alarm is logged at once, and the alarm keeps its age', async t => {
  const { clock, lines, alarms } = register()
  const since = clock.now()
  alarms.raise('height', 'no answer', { cause: 'failed' })
  await clock.advance(5_000)
  alarms.raise('height', 'it went back', { cause: 'reject' })
  alarms.raise('join', 'the list is empty', { level: 'info' })
  t.strictSame(lines, ['warn no answer', 'warn it went back', 'info the list is empty'])
  t.strictSame(
    alarms.list.map(alarm => [alarm.kind, alarm.since]),
    [
      ['height', since],
      ['join', since + 5_000]
    ]
  )
  t.equal(alarms.messageOf('height'), 'it went back')
  alarms.set('height', undefined)
  t.equal(alarms.messageOf('height'), undefined)
})

t.test('docs/OPERATING.md says of every kind of alarm what it means and what to do', async t => {
  const page = readFileSync('docs/OPERATING.md', 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+) \|$/gm)]
  t.strictSame(
    rows.map(([, kind, meaning]) => [kind, meaning]),
    Object.entries(ALARM_KINDS)
  )
})
