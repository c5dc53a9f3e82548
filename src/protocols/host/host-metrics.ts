/**
 * libp2p's own figures (`libp2p_…`) in the module's registry. `@libp2p/prometheus-metrics` keeps its metrics in a map of
 * the process and empties prom-client's global registry, so two modules of one process, or one that starts again, lose
 * theirs; and it wraps each stream to count its bytes, which asks would pay for.
 */
import type { MetricOptions, Metrics } from '@libp2p/interface'
import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'

type Figures = Readonly<Record<string, number | true | undefined>>
type Reading = number | Figures
interface Options extends MetricOptions {
  /** Read at each scrape. */
  readonly calculate?: () => Reading | Promise<Reading>
  readonly buckets?: number[]
  readonly percentiles?: number[]
}

/** What each host of a registry reads at a scrape: a host that was started again replaces the readings of the last. */
const readingsOf = new WeakMap<Registry, Map<string, () => Reading | Promise<Reading>>>()

const byOne = (value: number | true | undefined): number => (value === true ? 1 : (value ?? 0))

/** The metrics service of a host; streams and connections are not wrapped. */
export function hostMetrics(registry: Registry): Metrics {
  const readings = readingsOf.get(registry) ?? new Map<string, () => Reading | Promise<Reading>>()
  readingsOf.set(registry, readings)

  const base = (name: string, options: Options, grouped: boolean) => {
    const label = (options.label ?? 'name').replace(/\W/g, '_')
    if (options.calculate !== undefined) readings.set(name, options.calculate)
    return {
      label,
      init: { name, help: options.help ?? name, labelNames: grouped ? [label] : [], registers: [registry] }
    }
  }
  const known = <T>(name: string, make: () => T): T => (registry.getSingleMetric(name) as T | undefined) ?? make()

  const gauge = (name: string, options: Options, grouped: boolean) => {
    const { label, init } = base(name, options, grouped)
    const add = (metric: Gauge, value: Reading, set: boolean): void => {
      if (typeof value === 'number') metric[set ? 'set' : 'inc'](value)
      else for (const [key, one] of Object.entries(value)) metric[set ? 'set' : 'inc']({ [label]: key }, byOne(one))
    }
    const metric = known(name, () => {
      const made: Gauge = new Gauge({
        ...init,
        async collect() {
          const reading = await readings.get(name)?.()
          if (reading === undefined) return
          this.reset()
          add(made, reading, true)
        }
      })
      return made
    })
    return {
      update: (value: Reading) => add(metric, value, true),
      increment: (value: Reading = 1) => add(metric, value, false),
      decrement: (value: Reading = 1) => add(metric, negative(value), false),
      reset: () => metric.reset(),
      timer: (key?: string) => metric.startTimer(key === undefined ? {} : { [label]: key })
    }
  }
  const counter = (name: string, options: Options, grouped: boolean) => {
    const { label, init } = base(name, options, grouped)
    const metric = known(name, () => new Counter(init))
    return {
      increment: (value: Reading = 1) => {
        if (typeof value === 'number') metric.inc(value)
        else for (const [key, one] of Object.entries(value)) metric.inc({ [label]: key }, byOne(one))
      },
      reset: () => metric.reset()
    }
  }
  const observer = (kind: typeof Histogram | typeof Summary) => (name: string, options: Options, grouped: boolean) => {
    const { label, init } = base(name, options, grouped)
    const { buckets, percentiles } = options
    const metric = known(
      name,
      () => new kind({ ...init, ...(buckets && { buckets }), ...(percentiles && { percentiles }) })
    )
    return {
      observe: (value: Reading) => {
        if (typeof value === 'number') metric.observe(value)
        else for (const [key, one] of Object.entries(value)) metric.observe({ [label]: key }, byOne(one))
      },
      reset: () => metric.reset(),
      timer: (key?: string) => metric.startTimer(key === undefined ? {} : { [label]: key })
    }
  }
  /** libp2p's overloads: with `calculate` nothing is given back. */
  const door = (make: (name: string, options: Options, grouped: boolean) => object, grouped: boolean) =>
    ((name: string, options: Options = {}) => make(name, options, grouped)) as never

  return {
    trackMultiaddrConnection: () => undefined,
    trackProtocolStream: () => undefined,
    registerMetric: door(gauge, false),
    registerMetricGroup: door(gauge, true),
    // What is read anew at each scrape is a gauge, whatever its name.
    registerCounter: door((name, options) => (options.calculate ? gauge : counter)(name, options, false), false),
    registerCounterGroup: door((name, options) => (options.calculate ? gauge : counter)(name, options, true), true),
    registerHistogram: door(observer(Histogram), false),
    registerHistogramGroup: door(observer(Histogram), true),
    registerSummary: door(observer(Summary), false),
    registerSummaryGroup: door(observer(Summary), true),
    traceFunction: (_name: string, traced: never) => traced,
    createTrace: () => undefined
  } as Metrics
}

const negative = (value: Reading): Reading =>
  typeof value === 'number' ? -value : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, -byOne(one)]))
