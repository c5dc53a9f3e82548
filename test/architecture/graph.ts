/** What each node points to. */
export type Graph = Map<string, Set<string>>

export function link(graph: Graph, from: string, to: string): void {
  if (from === to) return
  graph.set(from, (graph.get(from) ?? new Set()).add(to))
}

/** Arrows. */
export const sizeOf = (graph: Graph): number => [...graph.values()].reduce((sum, targets) => sum + targets.size, 0)

/** Groups of nodes that reach each other, each sorted: Tarjan's strongly connected components of two nodes or more. */
export function cycles(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []

  const visit = (node: string): number => {
    const place = order.size
    let low = place
    order.set(node, place)
    stack.push(node)
    for (const target of graph.get(node) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (stack.includes(target)) low = Math.min(low, order.get(target) ?? low)
    }
    if (low === place) {
      const group = stack.splice(stack.indexOf(node))
      if (group.length > 1) found.push(group.sort())
    }
    return low
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found.sort()
}
