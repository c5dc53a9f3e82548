/** A log that is full, slow or read by nobody: the process works on, knows why, and ends when it should. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LogWriter } from '../../src/cli/shell/log-writer.js'
import { awaited, until } from '../support/awaited.js'
import { guardChild } from '../support/guard.js'

const LINE = `${'x'.repeat(1023)}\n`

t.test('lines are appended in their order, to a new file after the old one was moved', async t => {
  const path = join(t.testdir(), 'logs/node.log')
  const writer = new LogWriter({ path })
  for (let n = 0; n < 1_000; n++) writer.write(`${n}\n`)
  await writer.close(10_000)
  t.equal(readFileSync(path, 'utf8'), Array.from({ length: 1_000 }, (_, n) => `${n}\n`).join(''))
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(writer.fault(), undefined)
  renameSync(path, `${path}.1`)
  writer.write('in the old one\n')
  writer.reopen()
  writer.write('in a new one\n')
  await writer.close(10_000)
  t.match(readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8'), /999\nin the old one\nin a new one\n$/)
  t.match(readFileSync(path, 'utf8'), /in a new one\n$/)
})

t.test('a full disk is told and holds a bounded number of lines', async t => {
  const writer = new LogWriter({ path: '/dev/full' })
  for (let n = 0; n < 4_096; n++) writer.write(LINE)
  await until(() => writer.fault() !== undefined, 'a fault to be told')
  t.match(writer.fault(), /ENOSPC/)
})

t.test('a reader that is behind loses lines, and the count is told when it has caught up', async t => {
  const path = join(t.testdir(), 'pipe')
  execFileSync('mkfifo', [path])
  t.throws(() => new LogWriter({ path }), /ENXIO/, 'a pipe without a reader does not block the start')
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  t.teardown(() => closeSync(reader))
  let recovered: readonly [lost: number, why: string] | undefined
  const writer = new LogWriter({
    path,
    stalledMs: 20,
    onRecovered: (...told) => {
      recovered = told
    }
  })
  for (let n = 0; n < 2_048; n++) writer.write(LINE)
  await until(() => writer.fault() !== undefined, 'a fault to be told')
  t.match(writer.fault(), /it has taken nothing for 1 s/)

  let bytes = 0
  const buffer = Buffer.alloc(1 << 16)
  const read = (): number => {
    try {
      return readSync(reader, buffer)
    } catch {
      return 0 // nothing there now
    }
  }
  await until(() => {
    bytes += read()
    return recovered !== undefined
  }, 'the count of lost lines')
  const [lost, why] = recovered ?? [0, '']
  t.ok(lost > 512 && lost < 2_048, `${lost} lines lost`)
  t.equal(why, 'it was written faster than it was read')
  await until(() => {
    const last = read()
    bytes += last
    return last === 0 && bytes >= (2_048 - lost) * LINE.length
  }, 'the lines that are not lost')
  t.equal(bytes, (2_048 - lost) * LINE.length, 'and no other is lost, or cut')
  t.equal(writer.fault(), undefined)
})

t.test('a process whose stderr nobody reads works on and ends', async t => {
  const module = join(process.cwd(), 'dist/src/cli/shell/log-writer.js')
  const script = `
    import { LogWriter } from ${JSON.stringify(module)}
    const writer = new LogWriter({ stalledMs: 20 })
    for (let n = 0; n < 4096; n++) writer.write(${JSON.stringify(LINE)})
    while (writer.fault() === undefined) await new Promise(resolve => setTimeout(resolve, 5))
    console.log(writer.fault())
    await writer.close(50)
    console.log('closed')`
  const fifo = join(t.testdir(), 'fifo')
  execFileSync('mkfifo', [fifo])
  const unread = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(unread))
  for (const stdio of ['pipe', unread] as const) {
    const args = ['--input-type=module', '-e', script]
    const child = guardChild(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stdio] }))
    let out = ''
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      out += part
    })
    const [code] = await awaited('the process to end', once(child, 'exit'))
    t.equal(code, 0)
    t.match(out, /^it has taken nothing for 1 s\nclosed\n$/)
    child.stderr?.destroy()
  }
})
