import t from 'tap'
import { taskDigests } from '../../src/codec/digest.js'
import { decodeTask } from '../../src/codec/task-codec.js'
import { MAX_PING_BYTES, MAX_PONG_BYTES, MAX_TASK_BYTES } from '../../src/constants.js'
import { decodeCost, leastMs, MAX_DECODE_MS, MAX_HEAP_PER_BYTE, MAX_TIMES_REFERENCE } from './costs.js'
import { worstCases } from './worst-cases.js'

const caps = { ping: MAX_PING_BYTES, pong: MAX_PONG_BYTES, task: MAX_TASK_BYTES }

for (const worst of worstCases()) {
  t.test(
    `${worst.name} costs at most ${MAX_DECODE_MS} ms of CPU and ${MAX_HEAP_PER_BYTE} bytes of heap per byte`,
    async t => {
      const cost = decodeCost(worst)
      t.ok(worst.bytes.length <= caps[worst.message], `${cost.bytes} bytes are within the byte cap`)
      t.ok(cost.decodeMs <= MAX_DECODE_MS, `${cost.refused ?? 'accepted'} in ${cost.decodeMs.toFixed(3)} ms`)
      t.ok(
        cost.timesReference <= MAX_TIMES_REFERENCE,
        `${cost.timesReference.toFixed(2)} times the reference, at most ${MAX_TIMES_REFERENCE} expected`
      )
      t.ok(
        cost.heapBytes <= cost.allowedBytes,
        `holds ${Math.round(cost.heapBytes)} bytes, ${(cost.heapBytes / cost.bytes).toFixed(2)} per byte`
      )
    }
  )
}

const MAX_DIGESTS_MS = 50

t.test('the digests of the dearest tasks take at most 50 ms', async t => {
  for (const { name, message, bytes } of worstCases()) {
    if (message !== 'task') continue
    let task: ReturnType<typeof decodeTask>
    try {
      task = decodeTask(bytes)
    } catch {
      continue
    }
    const ms = leastMs(() => taskDigests(task))
    t.ok(ms <= MAX_DIGESTS_MS, `${name}: ${ms.toFixed(2)} ms`)
  }
})
