// docs/CONFIGURATION.md from the table of keys. `--check` only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs'
import { configurationReference } from '../dist/src/config/reference.js'

const file = new URL('../docs/CONFIGURATION.md', import.meta.url)
const text = configurationReference()
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/CONFIGURATION.md is not current: node scripts/configuration-doc.js\n')
  process.exitCode = 1
}
