import fc from 'fast-check'
import t from 'tap'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/domain/units.js'

t.test('a size is read with binary and decimal units in any case', async t => {
  const sizes: [string, bigint][] = [
    ['42', 42n],
    ['0', 0n],
    ['42B', 42n],
    ['128MiB', 128n << 20n],
    ['5GiB', 5n << 30n],
    ['5 gib', 5n << 30n],
    ['1TB', 10n ** 12n],
    ['1.5GiB', 3n << 29n],
    ['0.1KiB', 102n],
    ['18446744073709551615', (1n << 64n) - 1n]
  ]
  for (const [text, bytes] of sizes) t.equal(parseSize(text), bytes, text)
})

t.test('what is not a size is undefined', async t => {
  const wrong = ['', ' ', '5K', '5G', '-1', '1.5', '1.5B', '5XiB', '1e9', '0x10', '١', '18446744073709551616', '20EiB']
  for (const text of [...wrong, '5GiB ', ' 5GiB', '1.GiB', 'GiB', '5constructor', '16384PiB', '5\nB']) {
    t.equal(parseSize(text), undefined, JSON.stringify(text))
  }
})

t.test('a size is printed in the largest unit that fits', async t => {
  t.equal(formatSize(0n), '0B')
  t.equal(formatSize(1023n), '1023B')
  t.equal(formatSize(1024n), '1KiB')
  t.equal(formatSize(3n << 29n), '1.5GiB')
  t.equal(formatSize((5n << 30n) - 1n), '4.99GiB')
  t.equal(formatSize(-2048n), '-2KiB')
  t.equal(formatSize((1n << 64n) - 1n), '16383.99PiB')
})

t.test('a duration is read with its unit, also in several parts', async t => {
  const durations: [string, number][] = [
    ['500ms', 500],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1m5s20ms', 65_020],
    ['0', 0]
  ]
  for (const [text, ms] of durations) t.equal(parseDuration(text), ms, text)
})

t.test('what is not a duration is undefined', async t => {
  for (const text of ['', '5', '5 s', '-5s', '5S', 's', '30m1h', '1s1s', '5ms1s', '1e3s', '999999999999999d', '5us']) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text))
  }
})

t.test('a printed size reads back to within a hundredth, a printed duration exactly', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), bytes => {
      const back = parseSize(formatSize(bytes))
      return back !== undefined && back <= bytes && (bytes - back) * 100n <= bytes
    }),
    { seed, numRuns: 500 }
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), ms => parseDuration(formatDuration(ms)) === ms),
    { seed, numRuns: 500 }
  )
  t.equal(formatDuration(0), '0s')
  t.equal(formatDuration(-90_000), '-1m30s')
})

t.test('any text at all is either a number or undefined', async t => {
  const seed = Date.now() & 0x7fffffff
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.string(), text => {
      const size = parseSize(text)
      const duration = parseDuration(text)
      return (size === undefined || size >= 0n) && (duration === undefined || duration >= 0)
    }),
    { seed, numRuns: 1_000 }
  )
  t.pass('1,000 texts')
})
