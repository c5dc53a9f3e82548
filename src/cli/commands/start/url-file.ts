import { rm, writeFile } from 'node:fs/promises'
import type { EffectiveConfig } from '../../../config/index.js'
import type { Service } from '../../../index.js'
import { urlFile } from '../../client.js'

/** While the daemon runs a file in its data folder tells its URL, so that commands find it when the port is 0. */
export function urlFileService(config: EffectiveConfig, url: () => string): Service {
  const file = urlFile(config)
  return {
    name: 'url-file',
    start: () => writeFile(file, `${url()}\n`, { mode: 0o600 }),
    stop: () => rm(file, { force: true })
  }
}
