import { LRUCache } from 'lru-cache'

/**
 * A map of at most `capacity` entries: the least recently used one is evicted. Sizes are counted
 * (`maxSize`) because `max` would reserve memory for a full map at once.
 */
export class BoundedMap<K extends {}, V extends {}> extends LRUCache<K, V> {
  /** @param onEvicted called for each evicted entry, not for one that was deleted or replaced */
  constructor(capacity: number, onEvicted?: (key: K) => void) {
    super({
      maxSize: capacity,
      sizeCalculation: () => 1,
      ...(onEvicted !== undefined && {
        dispose: (_value: V, key: K, reason: LRUCache.DisposeReason) => reason === 'evict' && onEvicted(key)
      })
    })
  }
}
