import t from 'tap'
import { printable, printableJson, shown, withoutUrlSecrets } from '../../src/kit/shown.js'

t.test('what steers a terminal, reorders a line or begins a new one is written out', async t => {
  t.equal(printable('sp\u202eexe.jpg'), 'sp\\u202eexe.jpg')
  t.equal(printable('a\u2066b\u200ec\u061cd'), 'a\\u2066b\\u200ec\\u061cd')
  t.equal(printable('a\nb\u001b[31m\u0085'), 'a\\u000ab\\u001b[31m\\u0085')
  t.equal(printable('two\u2028lines\u2029more'), 'two\\u2028lines\\u2029more')
  t.equal(printable('Müller 株式会社 שלום 🎉'), 'Müller 株式会社 שלום 🎉')
})

t.test('JSON stays what it was for whoever parses it', async t => {
  const value = { name: 'sp\u202e\u2028\u0085\u001b', n: 1 }
  const text = printableJson(JSON.stringify(value))
  t.match(text, /^[\x20-\x7e]*$/)
  t.strictSame(JSON.parse(text), value)
})

t.test('a URL is shown without user, password and the values of its query', async t => {
  for (const [url, expected] of [
    ['https://user:pass@sp0.example.com:8080/path', 'https://***@sp0.example.com:8080/path'],
    ['https://token@sp0.example.com', 'https://***@sp0.example.com'],
    ['https://a:p@ss@sp0.example.com/', 'https://***@sp0.example.com/'],
    ['https://sp0.example.com/?token=abc&x=1#part', 'https://sp0.example.com/?token=***&x=***#part'],
    ['mysql://root:pass@db:3306/sp?password=abc', 'mysql://***@db:3306/sp?password=***'],
    ['expected "http://u:p@h/?k=v", got http://u:p@h', 'expected "http://***@h/?k=***", got http://***@h'],
    ['http://127.0.0.1:9380/api/v1', 'http://127.0.0.1:9380/api/v1'],
    ['16Uiu2HA@sp1.example.com:9933', '16Uiu2HA@sp1.example.com:9933']
  ] as const) {
    t.equal(withoutUrlSecrets(url), expected)
  }
  t.equal(shown('https://user:pass@sp0.example.com'), '"https://***@sp0.example.com"')
})
