import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BOUNDS } from './bounds.js'
import { figuresOf } from './figures.js'

const root = process.cwd()
/** Generated code is not ours to shape. */
const GENERATED = /^src\/\w+\/gen\//

function sources(): ReadonlyMap<string, string> {
  const files = ['src', 'bench'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name =>
      `${folder}/${name}`.replaceAll('\\', '/')
    )
  )
  const typescript = files.filter(name => name.endsWith('.ts') && !GENERATED.test(name)).sort()
  return new Map(typescript.map(name => [name, readFileSync(join(root, name), 'utf8')]))
}

t.test('the code keeps within the bounds of its shape', async t => {
  const figures = figuresOf(sources())
  const { rooms, arrows, folders, folderArrows, fileCycles, folderCycles, files, lines, medianLines } = figures
  process.stderr.write(
    `${rooms} rooms (≤ ${BOUNDS.rooms}), ${arrows} arrows between them (≤ ${BOUNDS.arrows})\n` +
      `${folders} folders of src (≤ ${BOUNDS.folders}), ${folderArrows} arrows between them (≤ ${BOUNDS.folderArrows})\n` +
      `${fileCycles.length} cycles of files (0), ${folderCycles.length} of folders (0) at run time\n` +
      `${files} files, ${lines} lines (≤ ${BOUNDS.lines}), median ${medianLines} (≤ ${BOUNDS.medianLines})\n`
  )
  for (const [name, bound] of Object.entries(BOUNDS)) {
    const value = figures[name as keyof typeof BOUNDS]
    t.ok(value <= bound, `${name}: ${value}, at most ${bound}`)
  }
  t.strictSame(fileCycles, [], 'no files import each other at run time')
  t.strictSame(folderCycles, [], 'no folders import each other at run time')
})

t.test('rooms, arrows, cycles and lines are counted as they are described', async t => {
  const figures = figuresOf(
    new Map([
      ['src/errors.ts', 'export {}\n'],
      ['src/index.ts', "import './a/x.js'\nimport './errors.js'\n"],
      ['src/a/x.ts', "import { y } from './y.js'\nimport type { Z } from '../b/deep/z.js'\nimport '../errors.js'\n"],
      ['src/a/y.ts', "import { x } from './x.js'\nimport 'elsewhere'\n\n\n"],
      ['src/b/deep/z.ts', "import '../../a/x.js'\n"],
      ['src/c/one.ts', "import '../d/one.js'\n"],
      ['src/d/one.ts', "import '../c/two.js'\n"],
      ['src/c/two.ts', ''],
      ['bench/main.ts', "import '../src/a/x.js'\nimport '../scripts/x.js'\n"]
    ])
  )
  t.strictSame(figures, {
    rooms: 9, // errors index a b c d, bench scripts proto
    arrows: 8, // index→a index→errors a→b a→errors b→a c→d d→c bench→a
    folders: 5, // src a b/deep c d
    folderArrows: 6, // src→a a→b/deep a→src b/deep→a c→d d→c
    fileCycles: [['src/a/x.ts', 'src/a/y.ts']],
    folderCycles: [['src/c', 'src/d']],
    files: 8,
    lines: 12,
    medianLines: 1
  })
})
