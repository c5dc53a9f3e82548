/** Sizes and durations as people write them: `5GiB`, `500ms`. Sizes are whole bytes, durations whole milliseconds. */

const SIZE_UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  kb: 10n ** 3n,
  mb: 10n ** 6n,
  gb: 10n ** 9n,
  tb: 10n ** 12n,
  pb: 10n ** 15n,
  kib: 1n << 10n,
  mib: 1n << 20n,
  gib: 1n << 30n,
  tib: 1n << 40n,
  pib: 1n << 50n
}

/** Largest size: payload sizes are unsigned 64 bit on the wire. */
const MAX_SIZE = (1n << 64n) - 1n

/**
 * Bytes of `5GiB`, `1.5 TB`, `42`; `undefined` where the text is not a size. Units are B, KB … PB (powers of 1,000)
 * and KiB … PiB (powers of 1,024), in any case; a bare `K` or `M` could mean either and is refused. A fraction needs
 * a unit and is rounded down to whole bytes.
 */
export function parseSize(text: string): bigint | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,9}))? ?([a-z]{0,3})$/i.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = '', name = ''] = match
  const unit = Object.hasOwn(SIZE_UNITS, name.toLowerCase()) ? SIZE_UNITS[name.toLowerCase()] : undefined
  if (unit === undefined || (fraction !== '' && unit === 1n)) return undefined
  const bytes = (BigInt(whole + fraction) * unit) / 10n ** BigInt(fraction.length)
  return bytes <= MAX_SIZE ? bytes : undefined
}

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** A size for people, in the largest binary unit that fits, with at most two decimals, rounded down: `1.5GiB`. */
export function formatSize(bytes: bigint): string {
  if (bytes < 0n) return `-${formatSize(-bytes)}`
  let power = 0
  while (power < BINARY_UNITS.length - 1 && bytes >= 1n << BigInt(10 * (power + 1))) power++
  const hundredths = (bytes * 100n) >> BigInt(10 * power)
  const decimals = `${hundredths % 100n}`.padStart(2, '0').replace(/0+$/, '')
  return `${hundredths / 100n}${decimals === '' ? '' : `.${decimals}`}${BINARY_UNITS[power]}`
}

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1]
] as const

/**
 * Milliseconds of `500ms`, `1.5s`, `10m`, `1h30m`, `7d`; `undefined` where the text is not a duration. A number always
 * needs its unit, except `0`; parts go from the largest unit to the smallest. Rounded to whole milliseconds.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[dhms]))+$/.test(text)) return undefined
  let total = 0
  let lastUnit = Number.POSITIVE_INFINITY
  for (const [, number = '', name = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    const unit = DURATION_UNITS.find(([known]) => known === name)?.[1] ?? 0
    if (unit >= lastUnit) return undefined
    lastUnit = unit
    total += Number(number) * unit
  }
  const ms = Math.round(total)
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** A duration as {@link parseDuration} reads it, exact to the millisecond: `1h30m`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return `${ms}ms`
  let rest = Math.round(Math.abs(ms))
  let text = ''
  for (const [name, unit] of DURATION_UNITS) {
    const count = Math.floor(rest / unit)
    if (count > 0) text += `${count}${name}`
    rest -= count * unit
  }
  if (text === '') return '0s'
  return ms < 0 ? `-${text}` : text
}
