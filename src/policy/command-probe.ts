import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileFaultOf } from '../errors.js'

/** Linux reads as many bytes of a script's first line. */
const SHEBANG_BYTES = 256

/**
 * Why a program cannot be run, found without running it: nothing there, not executable, a script whose interpreter is
 * missing (Windows line ends make `/bin/sh\r` of `/bin/sh`). `undefined`: nothing speaks against it.
 *
 * @param folder that a relative path starts from
 */
export function programFault(program: string, folder: string): string | undefined {
  if (program.includes('/')) return fileFault(resolve(folder, program))
  return inPath(program) === undefined ? `${program} is in no folder of PATH` : undefined
}

function fileFault(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return `${file} is no file`
    if (!isExecutable(file)) return `${file} is not executable: chmod +x it`
    return shebangFault(file, firstLine(file))
  } catch (error) {
    return `${file}: ${fileFaultOf(error)}`
  }
}

function shebangFault(file: string, line: string): string | undefined {
  const [, interpreter = '', argument = ''] = /^#!\s*(\S+)[ \t]*([^\s]*)/.exec(line) ?? []
  if (interpreter === '') return undefined
  if (line.includes('\r')) return `${file} has Windows line ends (CRLF): save it with LF`
  if (!isExecutable(interpreter)) return `the interpreter of ${file}, ${interpreter}, is not there or not executable`
  const byName = /\/env$/.test(interpreter) && /^[\w.+-]+$/.test(argument) && !argument.startsWith('-')
  return byName && inPath(argument) === undefined
    ? `the interpreter of ${file}, ${argument}, is in no folder of PATH`
    : undefined
}

function firstLine(file: string): string {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return '' // a program may be executable and not readable
  }
  try {
    const bytes = Buffer.alloc(SHEBANG_BYTES)
    const text = bytes.toString('latin1', 0, readSync(fd, bytes))
    return text.split('\n', 1)[0] ?? ''
  } finally {
    closeSync(fd)
  }
}

const inPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isExecutable)

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
