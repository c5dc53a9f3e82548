import type { Finding } from '../../../index.js'

export const found = (check: string, verdict: Finding['verdict'], what: string, todo?: string): Finding => ({
  check,
  verdict,
  what,
  ...(todo !== undefined && { todo })
})
