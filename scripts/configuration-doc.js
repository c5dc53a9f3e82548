// docs/CONFIGURATION.md from the table of keys: writes it; `--check` only says whether it is current. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs'
import { OTHER_MODULES_KEYS } from '../dist/src/config/gfsp-keys.js'
import { ENTRIES } from '../dist/src/config/index.js'

const HEAD = `# Configuration

<!-- Made by \`node scripts/configuration-doc.js\` from src/config/key-table.ts; a test fails when the two differ. -->

One TOML file, \`config.toml\` in the working directory or the one named by \`-c FILE\` or \`SP_APPROVAL_CONFIG\`. The Go
provider's file works as it is: keys of its other modules are accepted and named in one notice.

- **Precedence**: flag, then environment variable, then file, then default. \`sp-approval config dump --effective\` prints
  every value and where it came from; secrets are masked.
- **Environment**: \`SP_APPROVAL__SECTION__KEY\`, both in upper snake case, e.g. \`SP_APPROVAL__PEERS__KEEP_PER_SP=10\`. Lists
  are separated by commas. An unknown \`SP_APPROVAL__…\` variable is an error.
- **Zero values** (\`''\`, \`0\`, \`[]\`) mean the default, as in the Go provider's file.
- **Relative paths** in the file start from the file's folder; those of flags and variables, and all of them where there
  is no file, from the working directory.
- **Durations** are written with their unit: \`'500ms'\`, \`'5s'\`, \`'1h30m'\`.
- **Mistakes**: an unknown key is an error with a suggestion. Every problem is printed in a line of its own,
  \`FILE: [Section] Key: expected …, got …\`, and the exit code is 2. \`sp-approval config check\` only checks.
- **Keys**: an inline key comes before a key file. A file that others can read and that holds a private key is warned of
  once; key and token files have mode 0600 or are refused.

*Go* marks the keys of the Go provider. Keys marked *later* are accepted and checked, and take effect with the part named.
`

const file = new URL('../docs/CONFIGURATION.md', import.meta.url)
const text = configurationReference()
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/CONFIGURATION.md is not current: node scripts/configuration-doc.js\n')
  process.exitCode = 1
}

function configurationReference() {
  const sections = [...new Set(ENTRIES.map(entry => entry.section))]
  const parts = sections.map(section => {
    const rows = ENTRIES.filter(entry => entry.section === section).map(row)
    const title = section === '' ? 'Above the first section' : `[${section}]`
    return [`## ${title}`, '', '| key | value | default | |', '|---|---|---|---|', ...rows, ''].join('\n')
  })
  return [HEAD, ...parts, otherModules()].join('\n')
}

function row({ name, env, key }) {
  const also = [key.flag && `\`${key.flag}\``, `\`${env}\``, key.env && `\`${key.env}\``].filter(Boolean).join(' · ')
  const marks = [key.from === 'gfsp' ? '*Go*' : '', key.waitsFor === undefined ? '' : `*later: ${key.waitsFor}*`]
  const text = [key.doc, ...marks].filter(part => part !== '').join(' ')
  return `| \`${name}\` | ${cell(key.kind.expected)} | ${cell(defaultText(key))} | ${cell(text)}<br>${also} |`
}

function defaultText(key) {
  if (key.inData !== undefined) return `\`${key.inData}\` in \`DataPath\``
  return key.initial === '' ? 'none' : `\`${key.kind.show(key.initial)}\``
}

function cell(text) {
  return text.replaceAll('|', '\\|')
}

function otherModules() {
  const lines = Object.entries(OTHER_MODULES_KEYS).map(
    ([section, names]) =>
      `- ${section === '' ? '(top)' : `\`[${section}]\``} ${names.map(name => `\`${name}\``).join(' ')}`
  )
  return ["## Keys of the Go provider's other modules", '', 'Accepted and not used here.', '', ...lines, ''].join('\n')
}
