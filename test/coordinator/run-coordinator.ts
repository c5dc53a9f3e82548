/** A coordinator as a process of its own, for tests that kill it: `node run-coordinator.js DATA_DIR KEY`. */
import { createCoordinator } from '../../src/coordinator/index.js'

const [dataDir = '', key = ''] = process.argv.slice(2)
const { url } = await createCoordinator({ network: 'local', dataDir, key: Buffer.from(key, 'hex'), open: true }).start()
process.stdout.write(`${url}\n`)
