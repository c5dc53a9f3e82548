/**
 * `npm run fuzz [-- --inputs N --seconds S --seed S --json]`: the decoders, then real streams, until both have had
 * their inputs or the time is over. Exits 1 on any escape, any slow decoding and any stall of the event loop.
 */
import { parseArgs } from 'node:util'
import { fuzzDecoders } from './decoders.js'
import { fuzzStreams } from './streams.js'

/** 20,000 inputs over real streams go with 10,000,000 at the decoder. */
const DEFAULT_INPUTS = 10_000_000
const PER_STREAM_INPUT = 500
const MAX_STALL_MS = 50
const MAX_DECODE_MS = 5

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false }
  }
})
const number = (name: 'inputs' | 'seconds' | 'seed'): number | undefined => {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  process.stderr.write(`--${name}: expected a number, got ${JSON.stringify(text)}\n`)
  process.exit(2)
}

const inputs = Math.floor(number('inputs') ?? DEFAULT_INPUTS)
const seconds = number('seconds')
const seed = Math.floor(number('seed') ?? Math.random() * 2 ** 32)
const begun = performance.now()
/** Half of the time for each part. */
const half = (): { signal?: AbortSignal } =>
  seconds === undefined ? {} : { signal: AbortSignal.timeout(seconds * 500) }

let told = 0
const onProgress = (part: string, of: number) => (done: number) => {
  if (values.json || (performance.now() - told < 1_000 && done < of)) return
  told = performance.now()
  process.stderr.write(`${part}: ${done} of ${of}, ${Math.round((told - begun) / 1_000)} s\n`)
}

if (!values.json) process.stderr.write(`seed ${seed}\n`)
const decoders = await fuzzDecoders({ inputs, seed, onProgress: onProgress('decoders', inputs), ...half() })
const ofStreams = Math.max(1, Math.ceil(inputs / PER_STREAM_INPUT))
const streams = await fuzzStreams({ inputs: ofStreams, seed, onProgress: onProgress('streams', ofStreams), ...half() })

const ok =
  decoders.escapes === 0 &&
  streams.escapes === 0 &&
  decoders.worstDecodeMs <= MAX_DECODE_MS &&
  streams.maxStallMs <= MAX_STALL_MS
const result = { ok, seed, seconds: (performance.now() - begun) / 1_000, decoders, streams }
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else {
  const { accepted, worstDecodeMs } = decoders
  process.stdout.write(
    [
      `decoders: ${decoders.inputs} inputs, ${accepted} accepted, ${decoders.escapes} escapes, slowest ${worstDecodeMs.toFixed(2)} ms (at most ${MAX_DECODE_MS})`,
      `streams: ${streams.inputs} inputs, ${streams.understood} understood, ${streams.escapes} escapes, longest stall ${streams.maxStallMs.toFixed(1)} ms (at most ${MAX_STALL_MS})`,
      ...decoders.examples.map(({ message, wire, why }) => `escape: ${message} ${wire}: ${why}`),
      ...streams.examples.map(example => `escape: ${example}`),
      ok ? 'ok' : 'FAILED',
      ''
    ].join('\n')
  )
}
process.exitCode = ok ? 0 : 1
