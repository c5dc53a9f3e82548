import t from 'tap'
import { type Case, PLACES, type Place } from './places.js'

/**
 * What each place answers under the legacy modes `auto`, `pinned` and `off`, a letter each: `y`es or `-` for no; of a
 * tier its first letter. Questions are those of `places.ts`.
 */
const ANSWERS = `
status      entry    pins    tier ping claim tied candidate reachable dialled barred entering answer granted verified
unlisted    nobody   absent  ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     ---
unlisted    nobody   empty   ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     ---
unlisted    nobody   this    ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     ---
unlisted    nobody   another ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     ---
IN_SERVICE  nobody   absent  c--  y--  y--   ---  y--       y--       yyy     ---    y--      y--    y--     yyy
IN_SERVICE  nobody   empty   ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     yyy
IN_SERVICE  nobody   this    pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  nobody   another ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     yyy
IN_SERVICE  this     absent  pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  this     empty   pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  this     this    pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  this     another pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  another  absent  ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     yyy
IN_SERVICE  another  empty   ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     yyy
IN_SERVICE  another  this    pp-  yy-  yyy   yyy  yy-       yy-       yyy     ---    yyy      yy-    yy-     yyy
IN_SERVICE  another  another ---  ---  ---   ---  ---       ---       ---     ---    ---      ---    ---     yyy
IN_JAILED   nobody   absent  c--  y--  y--   ---  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   nobody   empty   ---  ---  ---   ---  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   nobody   this    pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   nobody   another ---  ---  ---   ---  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   this     absent  pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   this     empty   pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   this     this    pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   this     another pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   another  absent  ---  ---  ---   ---  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   another  empty   ---  ---  ---   ---  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   another  this    pp-  yy-  yyy   yyy  ---       ---       ---     yyy    ---      ---    ---     ---
IN_JAILED   another  another ---  ---  ---   ---  ---       ---       ---     yyy    ---      ---    ---     ---
`

const [head = '', ...rows] = ANSWERS.trim().split('\n')
const places = head.split(/ +/).slice(3)
const MODES = ['auto', 'pinned', 'off'] as const

t.same(places, Object.keys(PLACES), 'every place has a column')

for (const row of rows) {
  const [status, entry, pins, ...expected] = row.trim().split(/ +/)
  t.test(`a listing of ${status}, an entry that names ${entry}, pins ${pins}: what each place answers`, async t => {
    for (const [index, [name, place]] of Object.entries<Place>(PLACES).entries()) {
      let answers = ''
      for (const mode of MODES) answers += await place(t, { status, entry, pins, mode } as Case)
      t.equal(answers, expected[index], name)
    }
  })
}
