// docs/METRICS.md from the module's registry: prints it, or writes it with --write. Needs a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { metricsReference } from '../dist/src/api/http/metrics-reference.js'
import { createMetrics } from '../dist/src/metrics.js'

const page = await metricsReference(createMetrics().registry)
if (process.argv.includes('--write')) writeFileSync(fileURLToPath(new URL('../docs/METRICS.md', import.meta.url)), page)
else process.stdout.write(page)
