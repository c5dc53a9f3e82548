/**
 * Texts of the library say which method helps, since an embedder would call it; an operator types a command. What a
 * method is on the command line stands here and nowhere else.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  start: 'start',
  cancelTask: 'tasks cancel',
  sps: 'sps ls',
  diagnose: 'doctor',
  addPeer: 'peers add',
  unblockPeer: 'peers unblock',
  confirmList: 'chain confirm-list',
  resetHeight: 'chain reset-height',
  acceptLoss: 'grants reset --accept-loss',
  replaceNodes: 'nodes replace',
  peerIdOf: 'key show',
  loadOrCreateKey: 'key create --out'
}

const CALL = new RegExp(`\\b(${Object.keys(COMMANDS).join('|')})\\(([^()]*)\\)`, 'g')

/** `unblockPeer(ID)` → `sp-approval peers unblock ID`. */
export const inCommands = (text: string): string =>
  text.replace(CALL, (_call, method: string, argument: string) =>
    ['sp-approval', COMMANDS[method], argument].filter(Boolean).join(' ')
  )

/** Members of answers that advise an operator; others may quote names that somebody else chose. */
const ADVICE = new Set(['hint', 'detail', 'todo', 'what', 'alarm'])

/** For `JSON.parse`: advice in commands. */
export const adviceInCommands = (key: string, value: unknown): unknown =>
  typeof value === 'string' && ADVICE.has(key) ? inCommands(value) : value
