import type { Hall, HallUpdate } from './types'

/** merge replaces what has the same id and adds what is new, keeping the order. */
export function merge<T extends { id: string }>(old: T[], changed: T[]): T[] {
  if (!changed.length) return old
  const next = old.map((o) => changed.find((c) => c.id === o.id) || o)
  for (const c of changed) if (!old.some((o) => o.id === c.id)) next.push(c)
  return next
}

/** patch brings a hall up to an update. */
export function patch(h: Hall, u: HallUpdate): Hall {
  return {
    ...h, seq: u.seq, service_day: u.service_day, day: u.day || h.day, now: u.now,
    queues: u.full ? u.queues : merge(h.queues, u.queues),
    windows: u.full ? u.windows : merge(h.windows, u.windows),
    calls: u.calls || h.calls, kiosks: u.kiosks || h.kiosks,
  }
}
