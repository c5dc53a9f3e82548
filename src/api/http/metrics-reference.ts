import type { Registry } from 'prom-client'

interface Described {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labels: readonly string[]
}

/** docs/METRICS.md: one table of what a registry holds, in the order of names. */
export async function metricsReference(registry: Registry): Promise<string> {
  const metrics = await describe(registry)
  const rows = metrics.map(({ name, type, labels, help }) => {
    const shownLabels = labels.map(label => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${shownLabels} | ${help.replaceAll('|', '\\|')} |`
  })
  return [
    '# Metrics',
    '',
    'What `GET /metrics` serves for Prometheus, on the port of `[Monitor] MetricsHTTPAddress`. Times are in seconds, sizes in bytes.',
    "Beside these stand libp2p's own (`libp2p_…`, `noise_…`, `yamux_…`) and those of Node (`process_…`, `nodejs_…`).",
    '',
    'This page is generated: `npm run build && node scripts/metrics-doc.js --write`. A test fails when it is not current.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...rows,
    ''
  ].join('\n')
}

async function describe(registry: Registry): Promise<readonly Described[]> {
  const metrics = await registry.getMetricsAsJSON()
  return metrics
    .map(({ name, help, type }) => ({ name, help, type: String(type), labels: labelsOf(registry, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** prom-client keeps a metric's label names, but does not declare them. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric: unknown = registry.getSingleMetric(name)
  if (metric === null || typeof metric !== 'object' || !('labelNames' in metric)) return []
  return Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : []
}
