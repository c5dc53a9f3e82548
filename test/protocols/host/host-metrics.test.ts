import { Registry } from 'prom-client'
import t from 'tap'
import { hostMetrics } from '../../../src/protocols/host/host-metrics.js'

t.test('what libp2p counts and what it lets be read stand in one registry', async t => {
  const registry = new Registry()
  const metrics = hostMetrics(registry)
  metrics.registerCounter('packets_total').increment()
  metrics.registerCounterGroup('dials_total', { label: 'kind' }).increment({ ok: true, failed: 2 })
  const size = metrics.registerMetric('size', { help: 'how large' })
  size.update(5)
  size.increment(2)
  size.decrement()
  metrics.registerMetricGroup('times', { label: 'a-label' }).update({ one: 1, two: 2 })
  metrics.registerHistogram('seconds', { buckets: [1, 2] }).observe(1.5)
  metrics.registerSummaryGroup('sizes').observe({ a: 3 })
  metrics.registerMetric('open', { calculate: async () => 7 })
  const text = await registry.metrics()
  for (const line of [
    'packets_total 1',
    'dials_total{kind="ok"} 1',
    'dials_total{kind="failed"} 2',
    '# HELP size how large',
    'size 6',
    'times{a_label="two"} 2',
    'seconds_bucket{le="2"} 1',
    'sizes_sum{name="a"} 3',
    'open 7'
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
})

t.test(
  'a host that starts again reads for itself, what was counted goes on, and other registries are their own',
  async t => {
    const registry = new Registry()
    const connections = { label: 'direction', calculate: () => ({ inbound: 1, outbound: 1 }) }
    hostMetrics(registry).registerMetricGroup('connections', connections)
    hostMetrics(registry).registerCounter('packets_total').increment(3)
    const again = hostMetrics(registry)
    again.registerMetricGroup('connections', { label: 'direction', calculate: () => ({ inbound: 9 }) })
    again.registerCounter('packets_total').increment()
    const other = new Registry()
    hostMetrics(other).registerCounter('packets_total')
    const text = await registry.metrics()
    t.match(text, /^connections\{direction="inbound"\} 9$/m)
    t.notMatch(text, /outbound/)
    t.match(text, /^packets_total 4$/m)
    t.match(await other.metrics(), /^packets_total 0$/m)
  }
)
