/** Metrics of the module, in a registry of their own: prefix `sp_approval_`, reference in docs/METRICS.md. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const FAST_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type Metrics = ReturnType<typeof createMetrics>

const made = new WeakSet<object>()

/** @param registry where they are registered; a registry takes one module */
export function createMetrics(registry: Registry = new Registry()) {
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: `sp_approval_${name}`, help, labelNames, registers })
  const gauge = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name: `sp_approval_${name}`, help, labelNames, registers })
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram<L>({ name: `sp_approval_${name}`, help, buckets, labelNames, registers })
  const metrics = {
    registry,
    alarm: gauge('alarm', '1 while the alarm of this kind is in force, absent otherwise.', 'kind'),
    buildInfo: gauge('build_info', 'Always 1; version and signature backend as labels.', 'version', 'backend'),
    peers: gauge('peers', 'Known nodes by state.', 'state'),
    peersPruned: counter(
      'peers_pruned_total',
      'Nodes forgotten: zombie, replaced, sp-left, displaced by a better one, or by an operator.',
      'reason'
    ),
    spsKnown: gauge('sps_known', 'SPs on the list.'),
    spsReachable: gauge('sps_reachable', 'SPs in service with a connected node that may speak for them, we excluded.'),
    pingsSent: counter('pings_sent_total', 'Pings sent by result.', 'result'),
    pingsReceived: counter('pings_received_total', 'Pings and pongs received by result.', 'result'),
    pingRtt: histogram('ping_rtt_seconds', 'From a ping to its pong.', FAST_SECONDS),
    pingPeriod: gauge(
      'ping_period_seconds',
      'Time between pings; more than configured where they would take too much.'
    ),
    pingCpu: gauge(
      'ping_cpu_ratio',
      'Share of a core that pings take, answers to others’ pings included; as measured.'
    ),
    dials: counter(
      'dials_total',
      'Dials of SP nodes: ok, aborted, or why it failed (refused, timeout, wrong-peer, dns, unreachable, protocol, failed).',
      'result'
    ),
    asks: counter('asks_total', 'Own asks by result.', 'result'),
    askDuration: histogram('ask_duration_seconds', 'From the call to the result of an own ask.', FAST_SECONDS),
    askAnswers: counter('ask_answers', 'SPs per kind of answer to own asks.', 'kind'),
    approvalsReceived: counter('approvals_received_total', 'Answers received by result.', 'result'),
    requestsReceived: counter('requests_received_total', 'Asks received by result.', 'result'),
    decisions: counter('decisions_total', 'Decisions on other SPs asks.', 'rule', 'decision', 'code'),
    policyDuration: histogram('policy_duration_seconds', 'Time the policy took.', FAST_SECONDS),
    signDuration: histogram('sign_duration_seconds', 'Time one signature took.', FAST_SECONDS),
    verifyDuration: histogram('verify_duration_seconds', 'Time one verification took.', FAST_SECONDS),
    messageBytes: histogram(
      'message_bytes',
      'Size of messages.',
      [64, 256, 1024, 4096, 16384, 65536, 262144],
      'protocol',
      'dir'
    ),
    oversize: counter('oversize_total', 'Messages over their cap.', 'protocol'),
    chainHeight: gauge('chain_height', 'Height in use; absent while none is trusted.'),
    chainHeightAge: gauge('chain_height_age_seconds', 'Age of the height in use.'),
    chainListAge: gauge('chain_list_age_seconds', 'Age of the SP list in use; absent while there is none.'),
    connections: gauge('connections', 'Open connections to other nodes.', 'direction'),
    grants: gauge('grants', 'Grants kept, by state; only live ones hold capacity.', 'state'),
    capacityPromised: gauge('capacity_promised_bytes', 'Held by live grants and by promises being written.'),
    capacityTotal: gauge('capacity_bytes', 'What the policy lets us promise in all.'),
    storeBytes: gauge('store_bytes', 'Bytes of the approval store and the peer book on disk.'),
    resourcesReserved: gauge('resources_reserved', 'Reserved in the system scope.', 'resource'),
    resourcesDenied: counter('resources_denied_total', 'Reservations that did not fit.', 'resource'),
    queueSize: gauge('queue_size', 'Running asks.'),
    queueCapacity: gauge('queue_capacity', 'Running asks at most.')
  }
  made.add(metrics)
  return metrics
}

const RECORDING = ['inc', 'dec', 'set', 'observe', 'reset'] as const

/** Metrics whose recording never throws. Those of {@link createMetrics} are taken as they are. */
export function safeMetrics(metrics: Metrics, onFault: (error: unknown) => void): Metrics {
  if (made.has(metrics)) return metrics
  const safe = Object.entries(metrics).map(([name, metric]: [string, object]) => {
    const guarded = RECORDING.map(method => [method, guard(metric, method, onFault)])
    return [name, name === 'registry' ? metric : Object.assign(Object.create(metric), Object.fromEntries(guarded))]
  })
  return Object.fromEntries(safe) as Metrics
}

const guard =
  (metric: object, method: string, onFault: (error: unknown) => void) =>
  (...values: unknown[]): void => {
    try {
      Reflect.get(metric, method).apply(metric, values)
    } catch (error) {
      onFault(error)
    }
  }
