// npm run demo [-- --json]: eight SPs as real processes, one story, nothing left behind.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { INTERRUPTED, tidyUp } from './cleanup.js'
import { runMain } from './main.js'
import { Network } from './network.js'
import { parseOptions, USAGE } from './options.js'
import { jsonTeller, textTeller } from './print.js'
import { requireBuild } from './repository.js'
import { STORY, STORY_SIZE } from './story/index.js'
import { tell } from './story/tell.js'

/** @param {{ json: boolean }} options @returns {Promise<number>} the exit code */
export async function demo({ json }) {
  requireBuild()
  const dir = await mkdtemp(join(tmpdir(), 'sp-approval-demo-'))
  const signal = tidyUp({ temporaryDir: dir })
  const network = await Network.create(dir, { ...STORY_SIZE, basePort: 0 })
  try {
    const ok = await tell(STORY, network, { teller: json ? jsonTeller : textTeller, signal })
    return signal.aborted ? INTERRUPTED : ok ? 0 : 1
  } finally {
    await network.stop()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runMain(async () => {
    const options = parseOptions(process.argv.slice(2), 'demo')
    if (!options.help) return demo(options)
    process.stdout.write(USAGE)
    return 0
  })
}
