import t from 'tap'
import { isLoopback, parseHostPort, showHostPort } from '../../src/kit/host-port.js'

t.test('an IPv4 address, a bracketed IPv6 address or a name is read with its port and shown as it was', async t => {
  for (const text of ['127.0.0.1:0', '[::1]:9380', '[2001:db8::1]:65535', 'sp0.example.com:80', 'localhost:1']) {
    const address = parseHostPort(text)
    t.equal(address && showHostPort(address), text)
  }
})

t.test('what is neither is not read', async t => {
  const texts = ['', 'host', 'host:', ':9380', '1.2.3.999:1', '[127.0.0.1]:1', '::1:80', 'a b:1', 'host:65536', '-a:1']
  for (const text of texts) t.equal(parseHostPort(text), undefined, text)
  t.strictSame(parseHostPort(':9380', '0.0.0.0'), { host: '0.0.0.0', port: 9380 }, 'a missing host may have a default')
})

t.test('loopback is 127.0.0.0/8, ::1 and localhost, and no name that begins like them', async t => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST']) t.ok(isLoopback(host), host)
  for (const host of ['127.0.0.1.example.com', '0.0.0.0', '::', '10.0.0.1', '']) t.notOk(isLoopback(host), host)
})
