/** SP files for the tests, as a person writes them. */
export const HEAD = "[chain]\nnetwork = 'local'\ngenesis = 2025-01-01T00:00:00Z\nblock_time = '2s'\n"

/** The file as a person writes it; values that are no TOML are left to the test. */
export const listOf = (entries: readonly unknown[]): string =>
  HEAD +
  entries
    .map(entry => {
      const { nodes = [], ...rest } = entry as { nodes?: { peerId: string; addresses: string[] }[] }
      const pairs = Object.entries(rest).map(([key, value]) => `${snake(key)} = ${JSON.stringify(value)}`)
      const inline = nodes.map(
        ({ peerId, addresses }) => `  { peer_id = ${JSON.stringify(peerId)}, addresses = ${JSON.stringify(addresses)} }`
      )
      return `\n[[providers]]\n${pairs.join('\n')}\nnodes = [\n${inline.join(',\n')}\n]\n`
    })
    .join('')

const snake = (key: string): string => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
