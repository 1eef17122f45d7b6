// Which calls and which queues stand on the board now.
import type { Call, Queue } from '../shared/types'

/** page is which of several pages shows at a moment, when each stays for so long. */
export const page = (now: number, stay: number, pages: number): number => (pages > 1 ? Math.floor(now / stay) % pages : 0)

export interface Rows<T> { rows: T[]; page: number; pages: number }

/** rowsFor is how many rows of calls there are: as many as usual, and up to two more where more are asked for at once. */
export const rowsFor = (calls: Call[], usual: number): number => Math.min(usual + 2, Math.max(usual, calls.filter((c) => c.active).length))

/** callRows are the calls shown: those still asked for before ended ones, the newest first and always there. Where more are asked for than there are rows, the
 *  rows below the first turn, so that nobody who is called is left out. */
export function callRows(calls: Call[], rows: number, now: number, stay: number): Rows<Call> {
  const active = calls.filter((c) => c.active)
  const ordered = active.concat(calls.filter((c) => !c.active))
  if (active.length <= rows) return { rows: ordered.slice(0, rows), page: 0, pages: 1 }
  const rest = active.slice(1)
  const pages = Math.ceil(rest.length / (rows - 1))
  const per = Math.ceil(rest.length / pages) // pages of one length
  const at = page(now, stay, pages)
  return { rows: active.slice(0, 1).concat(rest.slice(at * per, at * per + per)), page: at, pages }
}

/** queueRows are the queues shown. Where they do not fit on one page, those with nothing to tell are left out, and the longest wait comes first. */
export function queueRows(queues: Queue[], rows: number, now: number, stay: number): Rows<Queue> {
  if (queues.length <= rows) return { rows: queues, page: 0, pages: 1 }
  const since = (q: Queue) => (q.waiting && q.oldest_since ? Date.parse(q.oldest_since) : Infinity)
  const told = queues.filter((q) => q.waiting || q.windows.length)
  const worst = told.map((q, i) => ({ q, i })).sort((a, b) => (since(a.q) === since(b.q) ? a.i - b.i : since(a.q) - since(b.q))).map((x) => x.q)
  const pages = Math.max(1, Math.ceil(worst.length / rows))
  const at = page(now, stay, pages)
  return { rows: worst.slice(at * rows, at * rows + rows), page: at, pages }
}
