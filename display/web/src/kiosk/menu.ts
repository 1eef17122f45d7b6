// What a citizen chooses from: departments with their items, and queues that no item leads to.
import type { Catalogue, Hall, Item, Named, Queue } from '../shared/types'

/** Door is one choice of the start page: a department with its items, or a queue of its own. */
export interface Door { key: string; named: Named; items: Item[]; queues: string[] }

/** doorsOf lists the choices. A hall without items, or one whose catalogue is not known yet, offers its queues. The catalogue has only what this kiosk offers. */
export function doorsOf(c: Catalogue | null, all: Queue[]): Door[] {
  const queues = c && c.kiosk ? all.filter((q) => c.queues.some((o) => o.id === q.id)) : all
  const known = (id: string) => queues.some((q) => q.id === id)
  const items = c ? c.items.filter((i) => known(i.queue)) : []
  const doors: Door[] = []
  for (const d of c ? c.departments : []) {
    const own = items.filter((i) => i.department === d.id)
    if (own.length) doors.push({ key: 'department-' + d.id, named: d, items: own, queues: own.map((i) => i.queue).filter((q, n, all) => all.indexOf(q) === n) })
  }
  for (const q of queues) if (!items.some((i) => i.queue === q.id)) doors.push({ key: 'queue-' + q.id, named: q, items: [], queues: [q.id] })
  return doors
}

/** Standing is how it stands with a choice. With several queues behind it, numbers of people would mislead: then ahead is absent. refused is one
 * of the queues, where no number is given of any of them now. */
export interface Standing { ahead?: number; low?: number; high?: number; basis?: string; staffed: boolean; served: boolean; left: boolean; windows: string[]; refused?: Queue }

/** standing tells how it stands with queues. Setup are the windows as set up: a queue that none of them serves gets no number. */
export function standing(hall: Hall, ids: string[]): Standing {
  const queues = hall.queues.filter((q) => ids.indexOf(q.id) >= 0)
  const windows = hall.windows.filter((w) => queues.some((q) => q.windows.indexOf(w.id) >= 0)).map((w) => w.id)
  const one = queues.length === 1 ? queues[0] : null
  return {
    ...(one ? { ahead: one.waiting + one.printing, low: one.wait_low, high: one.wait_high, basis: one.wait_basis } : {}),
    staffed: queues.some((q) => q.windows.length > 0), served: hall.windows.some((w) => w.queues.some((q) => ids.indexOf(q) >= 0)),
    left: queues.some((q) => q.numbers_left > 0), windows,
    ...(queues.length && queues.every((q) => q.refused) ? { refused: queues[0] } : {}),
  }
}

/** paged cuts a list into pages that stand still, and keeps the page within them. */
export function paged<T>(list: T[], per: number, page: number): { rows: T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(list.length / per))
  const at = Math.min(Math.max(0, page), pages - 1)
  return { rows: list.slice(at * per, at * per + per), page: at, pages }
}

/** anyLong reports whether one of the names needs smaller type: then all of them have it, so that none looks more important. A Latin letter is half as wide. */
export const anyLong = (names: string[]): boolean => names.some((n) => n.replace(/[\u0020-\u024f]{2}/g, 'x').length > 14)

export interface Grid { columns: number; rows: number }

/** gridOf is how many tiles a page has: large ones where there are few, never more than a hand and an eye can tell apart. */
export function gridOf(what: 'doors' | 'items', count: number, portrait: boolean, elder: boolean): Grid {
  if (elder && !portrait) return { columns: 2, rows: 2 } // large type on a lying screen: four a page
  if (what === 'items' || elder) {
    if (what === 'doors' && count > 6) return { columns: 2, rows: 4 }
    const most = elder && what === 'items' ? 4 : 6
    return portrait ? { columns: 1, rows: most } : { columns: 2, rows: most / 2 }
  }
  if (count <= 6) return portrait ? { columns: 1, rows: 6 } : { columns: 2, rows: 3 }
  return portrait ? { columns: 2, rows: 5 } : { columns: 3, rows: 3 }
}
