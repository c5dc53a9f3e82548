/** Run by folders.test.ts: what is said of a data folder, without the rights that root has everywhere. */
import { checkFolders } from '../../src/config/check-folders.js'
import { loadConfig } from '../../src/config/index.js'
import { messageOf } from '../../src/errors.js'

const NOBODY = 65_534
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
const [, , file = ''] = process.argv
await checkFolders(loadConfig({ file })).then(
  () => process.stdout.write('ok'),
  (error: unknown) => process.stdout.write(messageOf(error))
)
