import type { Finding } from '../../contract.js'

export const ok = (check: string, what: string): Finding => ({ check, verdict: 'ok', what })
export const warn = (check: string, what: string, todo: string): Finding => ({ check, verdict: 'warn', what, todo })
export const fail = (check: string, what: string, todo: string): Finding => ({ check, verdict: 'fail', what, todo })

/** `1 SP`, `2 SPs`. */
export const several = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`
