import fc from 'fast-check'
import t from 'tap'
import { unsnap } from '../../src/kit/snappy.js'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

t.test('literals and copies of every kind come out as they went in', async t => {
  t.equal(`${unsnap(hex('00'), 10)}`, '')
  t.equal(`${unsnap(hex('0308616263'), 10)}`, 'abc')
  // 'ab', then eight bytes from two back, which overlap what they make.
  t.equal(`${unsnap(hex('0a0461621102'), 10)}`, 'ababababab')
  t.equal(`${unsnap(hex('0a0461621e0200'), 10)}`, 'ababababab', 'offset of two bytes')
  t.equal(`${unsnap(hex('0a0461621f02000000'), 10)}`, 'ababababab', 'offset of four bytes')
  t.equal(unsnap(Buffer.concat([hex('c801f0c7'), Buffer.alloc(200, 7)]), 200).length, 200, 'a long literal')
})

t.test('what is no Snappy block, or too long, is refused and never read beyond', async t => {
  for (const block of ['0a046162', '03086162', '0a0461621100', '0a0461621109', '02086162', '0a04616211021102', 'ff']) {
    t.throws(() => unsnap(hex(block), 100), block)
  }
  t.throws(() => unsnap(hex('ffffffff0f'), 100), /expected at most 100 bytes/)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      try {
        return unsnap(bytes, 1_000).length <= 1_000
      } catch (error) {
        return error instanceof RangeError
      }
    })
  )
})
