import { posix } from 'node:path'
import { cycles, type Graph, link, sizeOf } from './graph.js'
import { readSource } from './source-file.js'

/** The shape of the code in figures; {@link BOUNDS} says how far they may go. */
export interface Figures {
  /** Rooms: each folder and file at the top of src/, and bench/, scripts/, proto/. */
  readonly rooms: number
  /** Pairs of rooms of which one imports the other, types included. */
  readonly arrows: number
  /** Folders of src/ that hold files, src/ itself as one. */
  readonly folders: number
  readonly folderArrows: number
  /** Files that import each other at run time, by cycle. */
  readonly fileCycles: readonly (readonly string[])[]
  /** Folders that import each other at run time, by cycle. A file at the root of src/ stands for itself. */
  readonly folderCycles: readonly (readonly string[])[]
  readonly files: number
  readonly lines: number
  readonly medianLines: number
}

/** Rooms without TypeScript that a room imports. */
const OTHER_ROOMS = ['scripts', 'proto'] as const

const inSrc = (file: string): boolean => file.startsWith('src/')

/** `src/chain/static/index.ts` → `chain`, `src/errors.ts` → `errors`, `bench/asks.ts` → `bench`. */
function roomOf(file: string): string {
  const [top = '', entry = ''] = file.split('/')
  return top === 'src' ? entry.replace(/(\.d)?\.ts$/, '') : top
}

/** A file at the root of src/ is a node of its own: all folders import errors.ts, and index.ts imports all folders. */
const nodeOf = (file: string): string => (posix.dirname(file) === 'src' ? file : posix.dirname(file))

/** @param sources text by path from the root of the repository: the TypeScript of src/ and bench/ */
export function figuresOf(sources: ReadonlyMap<string, string>): Figures {
  const rooms: Graph = new Map()
  const folders: Graph = new Map()
  const files: Graph = new Map()
  const nodes: Graph = new Map()
  const lengths: number[] = []
  for (const [file, text] of sources) {
    const facts = readSource(file, text)
    if (inSrc(file)) lengths.push(facts.lines)
    for (const { specifier, typeOnly } of facts.imports) {
      const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts')
      if (!specifier.startsWith('.') || !sources.has(target)) continue
      link(rooms, roomOf(file), roomOf(target))
      if (!inSrc(file)) continue
      link(folders, posix.dirname(file), posix.dirname(target))
      if (typeOnly) continue
      link(files, file, target)
      link(nodes, nodeOf(file), nodeOf(target))
    }
  }
  lengths.sort((a, b) => a - b)
  const names = [...sources.keys()]
  return {
    rooms: new Set(names.map(roomOf)).size + OTHER_ROOMS.length,
    arrows: sizeOf(rooms),
    folders: new Set(names.filter(inSrc).map(file => posix.dirname(file))).size,
    folderArrows: sizeOf(folders),
    fileCycles: cycles(files),
    folderCycles: cycles(nodes),
    files: lengths.length,
    lines: lengths.reduce((sum, lines) => sum + lines, 0),
    medianLines: lengths[Math.floor(lengths.length / 2)] ?? 0
  }
}
