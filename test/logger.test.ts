import pino from 'pino'
import t from 'tap'
import { componentLogger, type Logger, levelsOf, loggerFault } from '../src/logger.js'

function pinoLog(): { readonly logger: pino.Logger; readonly lines: () => readonly Record<string, unknown>[] } {
  const texts: string[] = []
  const logger = pino({ base: null, timestamp: false }, { write: text => void texts.push(text) })
  return { logger, lines: () => texts.splice(0).map(text => JSON.parse(text)) }
}

t.test('a logger with children: each line carries the one component that wrote it', async t => {
  const { logger, lines } = pinoLog()
  const outer = componentLogger(logger, 'store/level')
  outer.info({ height: 7 }, 'open')
  componentLogger(outer, 'store/journal').info({}, 'written')
  t.strictSame(lines(), [
    { level: 30, component: 'store/level', height: 7, msg: 'open' },
    { level: 30, component: 'store/journal', msg: 'written' }
  ])
  t.equal(componentLogger(logger, 'store/level'), outer, 'made once')
})

t.test('a logger without children: the library adds the field to each line', async t => {
  const lines: unknown[] = []
  const write = (fields: object, message: string): void => void lines.push({ ...fields, message })
  const plain: Logger = { debug: write, info: write, warn: write, error: write }
  const component = componentLogger(componentLogger(plain, 'queue/outer'), 'queue/inner')
  for (const level of ['debug', 'info', 'warn', 'error'] as const) component[level]({ level }, 'x')
  t.strictSame(
    lines,
    ['debug', 'info', 'warn', 'error'].map(level => ({ component: 'queue/inner', level, message: 'x' }))
  )
  t.strictSame(levelsOf({ ...plain, level: 'info' }, 'queue/inner'), [], 'its components have no level')
})

t.test('a level is set for the whole log, a component, or a folder of components', async t => {
  const { logger, lines } = pinoLog()
  const names = ['protocols/reach/rounds', 'protocols/reach/dialler', 'protocols/reach-out', 'store/level']
  const components = names.map(name => componentLogger(logger, name))
  const loud = (component?: string): readonly unknown[] => {
    for (const each of levelsOf(logger)) each.level = 'info'
    for (const each of levelsOf(logger, component)) each.level = 'debug'
    for (const each of [logger, ...components]) each.debug({}, 'x')
    return lines().map(({ component: of }) => of)
  }
  t.strictSame(loud(), [undefined, ...names])
  t.strictSame(loud('store/level'), ['store/level'])
  t.strictSame(loud('protocols/reach'), names.slice(0, 2))
  t.strictSame(loud('protocols/rea'), [])
})

t.test('a logger that throws, rejects or has no children to give harms nobody, and it is known why', async t => {
  const broken = (fail: () => unknown): Logger => {
    const write = (): void => fail() as never
    return { debug: write, info: write, warn: write, error: write, child: () => fail() as never }
  }
  const thrown = broken(() => {
    throw new Error('disk full')
  })
  componentLogger(thrown, 'store/level').error({}, 'x')
  t.equal(loggerFault(thrown), 'disk full')

  const late = broken(() => Promise.reject(new Error('no route')))
  const asked = { ...late, child: () => late }
  componentLogger(asked, 'store/level').info({}, 'x')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(loggerFault(asked), 'no route')

  let broke = true
  const { logger, lines } = pinoLog()
  const mended: Logger = {
    ...thrown,
    child: fields => {
      if (broke) throw new Error('not yet')
      return logger.child(fields)
    },
    info: (fields, message) => {
      if (broke) throw new Error('disk full')
      logger.info(fields, message)
    }
  }
  const component = componentLogger(mended, 'queue/outer')
  component.info({}, 'lost')
  t.equal(loggerFault(mended), 'disk full')
  broke = false
  component.info({}, 'written')
  t.equal(loggerFault(mended), undefined, 'over with the first line that is taken')
  t.strictSame(lines(), [{ level: 30, component: 'queue/outer', msg: 'written' }])
})
