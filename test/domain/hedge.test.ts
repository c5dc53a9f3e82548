import t from 'tap'
import { answersForPace, paceOf, patience } from '../../src/domain/hedge.js'

t.test('the pace is three medians once a third of those who can answer at once has answered', async t => {
  t.equal(answersForPace(18), 6)
  t.equal(paceOf([40, 10, 20, 30, 30], 18), undefined)
  t.equal(paceOf([40, 10, 20, 30, 30, 1_000], 18), 90, 'one slow answer does not move it')
  t.equal(paceOf([1, 2, 3], 3), 20, 'never below what a busy process takes to look')
  t.equal(paceOf([], 0), undefined)
})

t.test(
  'a node has the pace to answer, HedgeAfter while there is none, and two round trips where it is far away',
  async t => {
    t.equal(patience(undefined, undefined, 250), 250)
    t.equal(patience(20, undefined, 250), 20)
    t.equal(patience(20, 5, 250), 20)
    t.equal(patience(20, 100, 250), 200)
  }
)
