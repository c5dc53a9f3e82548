/**
 * Line of a key in the SP file, counted from 1: the TOML parser returns values without positions, but an error message
 * needs one. `path` as in messages: `chain.genesis`, `providers[2].nodes[0].peer_id`. `undefined` where the file is
 * written in a form that is not searched.
 */
export function lineOf(text: string, path: string): number | undefined {
  const lines = text.split('\n').map(line => (/^\s*#/.test(line) ? '' : line))
  const block = blockOf(lines, path)
  if (block === undefined) return undefined
  const node = /\.nodes\[(\d+)\]\.(\w+)/.exec(path)
  const key = node?.[2] ?? /^\w+(?:\[\d+\])?\.(\w+)/.exec(path)?.[1]
  if (key === undefined) return block.start + 1
  const found = nthMatch(
    lines.slice(block.start, block.end),
    new RegExp(`(?<![\\w-])${key}\\s*=`, 'g'),
    Number(node?.[1] ?? 0)
  )
  return block.start + (found ?? 0) + 1
}

/** Lines of `[chain]` or of the n-th `[[providers]]`, `end` excluded. */
function blockOf(lines: readonly string[], path: string): { start: number; end: number } | undefined {
  const provider = /^providers\[(\d+)\]/.exec(path)
  const isHeader = (line: string): boolean => /^\s*\[\[?\s*(chain|providers)\s*\]\]?/.test(line)
  const wanted = provider === null ? /^\s*\[\s*chain\s*\]/ : /^\s*\[\[\s*providers\s*\]\]/
  const starts = lines.flatMap((line, index) => (wanted.test(line) ? [index] : []))
  const start = starts[Number(provider?.[1] ?? 0)]
  if (start === undefined) return undefined
  const next = lines.findIndex((line, index) => index > start && isHeader(line))
  return { start, end: next < 0 ? lines.length : next }
}

function nthMatch(lines: readonly string[], pattern: RegExp, n: number): number | undefined {
  let left = n
  for (const [index, line] of lines.entries()) {
    const matches = line.match(pattern)?.length ?? 0
    if (left < matches) return index
    left -= matches
  }
  return undefined
}
