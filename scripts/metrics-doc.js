// docs/METRICS.md from the module's registry: prints it, or writes it with --write. Needs a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createMetrics } from '../dist/src/metrics.js'

const page = await metricsReference(createMetrics().registry)
if (process.argv.includes('--write')) writeFileSync(fileURLToPath(new URL('../docs/METRICS.md', import.meta.url)), page)
else process.stdout.write(page)

/** docs/METRICS.md: one table of what a registry holds, in the order of names. */
async function metricsReference(registry) {
  const metrics = await describe(registry)
  const rows = metrics.map(({ name, type, labels, help }) => {
    const shownLabels = labels.map(label => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${shownLabels} | ${help.replaceAll('|', '\\|')} |`
  })
  return [
    '# Metrics',
    '',
    'What `GET /metrics` serves for Prometheus, on the port of `[Monitor] MetricsHTTPAddress`. Times are in seconds, sizes in bytes.',
    "Beside these stand libp2p's own (`libp2p_…`: connections, dials, streams, TCP, Noise, DHT), where the host is the",
    "module's, and those of Node (`process_…`, `nodejs_…`).",
    '',
    'This page is generated: `npm run build && node scripts/metrics-doc.js --write`. A test fails when it is not current.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...rows,
    ''
  ].join('\n')
}

async function describe(registry) {
  const metrics = await registry.getMetricsAsJSON()
  return metrics
    .map(({ name, help, type }) => ({ name, help, type: String(type), labels: labelsOf(registry, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** prom-client keeps a metric's label names, but does not declare them. */
function labelsOf(registry, name) {
  return registry.getSingleMetric(name)?.labelNames ?? []
}
