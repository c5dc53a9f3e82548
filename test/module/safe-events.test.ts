import t from 'tap'
import { SafeEvents } from '../../src/module/safe-events.js'

class Target extends SafeEvents<{ news: CustomEvent<number>; other: CustomEvent<string> }> {
  readonly faults: [string, unknown][] = []
  protected listenerFailed(type: string, error: unknown): void {
    this.faults.push([type, error])
  }
}

t.test('a listener that throws or rejects is reported, and the others still hear the event', async t => {
  const target = new Target()
  const heard: number[] = []
  const [thrown, rejected] = [new Error('thrown'), new Error('rejected')]
  target.addEventListener('news', () => {
    throw thrown
  })
  target.addEventListener('news', async () => {
    throw rejected
  })
  target.addEventListener('news', {
    handleEvent: () => {
      throw thrown
    }
  })
  target.addEventListener('news', ({ detail }) => void heard.push(detail))
  target.safeDispatchEvent('news', { detail: 7 })
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(heard, [7])
  t.strictSame(target.faults, [
    ['news', thrown],
    ['news', thrown],
    ['news', rejected]
  ])
})

t.test('listeners are added once, removed, and end after one event or with their signal', async t => {
  const target = new Target()
  const heard: unknown[] = []
  const listener = ({ detail }: CustomEvent): void => void heard.push(detail)
  target.addEventListener('news', listener)
  target.addEventListener('news', listener)
  target.addEventListener('other', listener)
  target.safeDispatchEvent('news', { detail: 1 })
  target.removeEventListener('news', listener)
  target.safeDispatchEvent('news', { detail: 2 })
  target.safeDispatchEvent('other', { detail: 'a' })
  t.strictSame(heard.splice(0), [1, 'a'])
  target.removeEventListener('other', listener)

  const controller = new AbortController()
  target.addEventListener('news', listener, { once: true })
  target.addEventListener('other', listener, { signal: controller.signal })
  controller.abort()
  for (const detail of [3, 4]) target.safeDispatchEvent('news', { detail })
  target.safeDispatchEvent('other', { detail: 'b' })
  t.strictSame(heard.splice(0), [3])
  t.equal(target.listenerCount('news') + target.listenerCount('other'), 0)
})
