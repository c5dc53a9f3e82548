import t from 'tap'
import { secretCheck } from '../../src/kit/secret.js'

t.test('any of the secrets matches as a whole, and nothing else does', async t => {
  const isSecret = secretCheck('first-secret', 'second-secret')
  for (const text of ['first-secret', 'second-secret']) t.ok(isSecret(text), text)
  for (const text of ['', 'first-secre', 'first-secret ', 'First-secret', 'third']) t.notOk(isSecret(text), text)
  t.notOk(secretCheck()(''), 'without secrets there is no match')
})
