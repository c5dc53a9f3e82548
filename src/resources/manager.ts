import { InvalidArgumentError, ResourceLimitError } from '../errors.js'
import type {
  ResourceLimits,
  ResourceManager,
  ResourceRequest,
  ResourceScope,
  ResourceSpan,
  ResourceUsage
} from './index.js'
import { amounts, DEFAULT_LIMITS, limitsFrom, NOTHING, RESOURCES, UNLIMITED } from './limits.js'

export { DEFAULT_LIMITS } from './limits.js'

export interface ResourceManagerInit {
  /** Of the system scope; what is left out has its default. */
  readonly limits?: Partial<ResourceLimits>
  /** After every reservation that did not fit, before the error is thrown. */
  readonly onDenied?: (scope: string, resource: string) => void
}

/**
 * ```
 * system                 limits of the node
 *   └─ service           one per module; unlimited unless configured
 *        └─ span         one per reservation
 * ```
 * A reservation is checked in the service first, then in the system; it counts in both or in neither.
 */
export function createResourceManager(init: ResourceManagerInit = {}): ResourceManager {
  const denied = init.onDenied ?? (() => undefined)
  const system = new Scope('system', limitsFrom(DEFAULT_LIMITS, init.limits ?? {}), undefined, denied)
  const services = new Map<string, Scope>()
  return {
    system,
    service(name, limits = {}) {
      if (name === '' || name === system.name) {
        throw new InvalidArgumentError('resource service', `a name other than '' and '${system.name}'`, name)
      }
      const known = services.get(name)
      if (known !== undefined) {
        known.limits = limitsFrom(known.limits, limits)
        return known
      }
      const opened = new Scope(name, limitsFrom(UNLIMITED, limits), system, denied)
      services.set(name, opened)
      return opened
    },
    scopes: () => [system, ...services.values()]
  }
}

class Scope implements ResourceScope {
  readonly #held: { -readonly [K in keyof ResourceUsage]: number } = { ...NOTHING }
  readonly #parent: Scope | undefined
  readonly #onDenied: (scope: string, resource: string) => void

  constructor(
    readonly name: string,
    public limits: ResourceLimits,
    parent: Scope | undefined,
    onDenied: (scope: string, resource: string) => void
  ) {
    this.#parent = parent
    this.#onDenied = onDenied
  }

  usage(): ResourceUsage {
    return { ...this.#held }
  }

  reserve(request: ResourceRequest): ResourceSpan {
    const wanted = amounts(request)
    for (const scope of this.#upwards()) scope.#check(wanted)
    this.#add(wanted, 1)
    let open = true
    return {
      release: () => {
        if (!open) return
        open = false
        this.#add(wanted, -1)
      }
    }
  }

  #check(wanted: ResourceUsage): void {
    for (const resource of RESOURCES) {
      const attempted = wanted[resource]
      if (attempted === 0) continue
      // Beyond 2^53 − 1 sums are no longer exact, so that even "unlimited" ends there.
      const limit = Math.min(this.limits[resource], Number.MAX_SAFE_INTEGER)
      if (attempted <= limit - this.#held[resource]) continue
      this.#onDenied(this.name, resource)
      throw new ResourceLimitError(this.name, resource, this.#held[resource], attempted, limit)
    }
  }

  #add(amount: ResourceUsage, sign: 1 | -1): void {
    for (const scope of this.#upwards()) {
      for (const resource of RESOURCES) scope.#held[resource] += sign * amount[resource]
    }
  }

  *#upwards(): Iterable<Scope> {
    let scope: Scope | undefined = this
    while (scope !== undefined) {
      yield scope
      scope = scope.#parent
    }
  }
}
