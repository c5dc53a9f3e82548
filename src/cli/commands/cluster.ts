import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { UsageError } from '../shell/fail.js'

/** In the repository; an installed package does not carry the scripts. */
const SCRIPT = fileURLToPath(new URL('../../../../scripts/cluster/cluster.js', import.meta.url))

/** For the list of commands only: `main` forwards before anything is parsed. */
export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .argument('[args...]')
    .allowUnknownOption()
    .description('local SPs as processes: generate, start, stop, reset, status, demo')
    .action(async (args: string[]) => {
      process.exitCode = await forwardCluster(args)
    })
}

/** Runs the cluster script with these arguments; its exit code is ours. */
export function forwardCluster(args: readonly string[]): Promise<number> {
  if (!existsSync(SCRIPT)) {
    throw new UsageError(`cluster: expected the repository with ${SCRIPT}, got an installed package without it`)
  }
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: 'inherit' })
  // the terminal sends Ctrl-C to both; it decides when to end, and a signal that only we got is passed on
  const stay = (): void => undefined
  const pass = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', stay).on('SIGTERM', pass)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stay).off('SIGTERM', pass)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}
