import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readHighMark } from '../../src/store/high-mark.js'
import { levelStore } from '../../src/store/level.js'
import { guardChild } from '../support/guard.js'
import { plain, sampleGrant } from './sample-grant.js'

const WRITER = fileURLToPath(new URL('./grant-writer.js', import.meta.url))
const ROUNDS = 20

/** Runs the writer, kills it `afterMs` after its first acknowledgement, and gives what it acknowledged. */
const killedWriter = (dir: string, first: number, afterMs: number): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, dir, `${first}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Without the test runner's own loaders, which only slow it down.
      env: { PATH: process.env.PATH }
    })
    guardChild(child)
    let output = ''
    let timer: NodeJS.Timeout | undefined
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: code ${code}: ${output.slice(-200)}`))
      // A line cut off by the kill was not read by anybody.
      else resolve(output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number))
    })
  })

t.test(`kill -9 at ${ROUNDS} random moments loses no acknowledged grant`, async t => {
  const dir = mkdtempSync(join(tmpdir(), 'crash-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const acknowledged: number[] = []
  const delays = Array.from({ length: ROUNDS }, () => Math.floor(Math.random() * 60))
  t.comment(`killed after ${delays.join(', ')} ms`)
  for (const [round, delay] of delays.entries()) {
    const next = (acknowledged.at(-1) ?? 0) + 100
    const now = await killedWriter(dir, next, delay)
    acknowledged.push(...now)

    const store = levelStore({ dir })
    await store.open()
    const found = new Map((await store.loadGrants()).map(grant => [grant.objectId, grant]))
    const lost = acknowledged.filter(number => !found.has(`${number}`))
    const highest = [...found.values()].reduce(
      (most, grant) => (grant.expiredHeight > most ? grant.expiredHeight : most),
      0n
    )
    const side = await readHighMark(join(dir, 'grants.high'))
    const health = store.health(undefined)
    await store.close()

    const held = side.found === 'whole' && side.value.mark >= highest
    const altered = now.filter(number => {
      const grant = found.get(`${number}`)
      const { expiredHeight } = grant ?? sampleGrant(number)
      return (
        JSON.stringify(grant && text(plain(grant))) !==
        JSON.stringify(text(plain(sampleGrant(number, { expiredHeight }))))
      )
    })
    t.same(
      { lost, altered, held, state: health.state },
      { lost: [], altered: [], held: true, state: 'ready' },
      `round ${round}: ${now.length} acknowledged`
    )
  }
  t.ok(acknowledged.length > ROUNDS, `${acknowledged.length} acknowledged in all`)
})

const text = (record: object): object =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, `${value}`]))
