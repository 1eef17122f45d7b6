import type { Counts } from '../shared/types'

/** shareIn is the percentage that waited no longer than was promised, of those to whom something was promised; empty where nobody was. */
export const shareIn = (f: Counts): string => (f.promised ? Math.round((100 * f.within_target) / f.promised) + '%' : '–')

/** query writes the filters of a list into an address; what is not chosen is left out. */
export function query(filters: { [key: string]: string | number }): string {
  const q = new URLSearchParams()
  for (const k of Object.keys(filters)) if (filters[k] !== '') q.set(k, String(filters[k]))
  const s = q.toString()
  return s ? '?' + s : ''
}
