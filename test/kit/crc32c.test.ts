import t from 'tap'
import { crc32c } from '../../src/kit/crc32c.js'

t.test('check sums are those of RFC 3720', async t => {
  for (const [bytes, sum] of [
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e]
  ] as const) {
    t.equal(crc32c(bytes), sum)
  }
})
