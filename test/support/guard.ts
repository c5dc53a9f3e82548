/**
 * Ends children and removes folders when this process ends, however it ends. Handlers of its own do not run after
 * SIGKILL, and a child held by SIGSTOP does not see its channel close; so a shell reads a pipe that only this process
 * holds, and acts at the end of the file.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** Reads `child PID`, `ended PID` and `folder PATH`, one a line; a pid stands in `children` between spaces of its own. */
const SCRIPT = `
trap '' HUP INT TERM
children=
while read -r what name; do
  case $what in
    child) children="$children $name " ;;
    ended) children="\${children%% $name *} \${children#* $name }" ;;
    folder) set -- "$@" "$name" ;;
  esac
done
kill -KILL $children 2>/dev/null
rm -rf -- "$@"
`

let pipe: Socket | undefined

function tell(line: string): void {
  if (pipe === undefined) {
    // Detached: a signal to the whole group must not end the guard before its parent.
    const guard = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    guard.unref()
    pipe = guard.stdin as Socket
    pipe.unref()
  }
  pipe.write(`${line}\n`)
}

/** Gets SIGKILL when this process ends. */
export function guardChild<Child extends ChildProcess>(child: Child): Child {
  const { pid } = child
  if (pid === undefined) return child
  tell(`child ${pid}`)
  child.once('exit', () => tell(`ended ${pid}`))
  return child
}

/** Is removed, with what is in it, when this process ends. */
export const guardFolder = (path: string): void => tell(`folder ${path}`)
