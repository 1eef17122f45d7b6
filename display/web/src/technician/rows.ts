import type { Piece } from './types'

/** Row is what one line of the wire shows: pieces that belong together, and the silence before them. */
export interface Row { key: number; at: number; gap: number; out: boolean; device: string; hex: string; bytes: number; hidden: number; said: string[]; end: number }

const together = 8 // ms: an operating system cuts a frame into pieces that lie closer than this
const mostRows = 500
const mostHex = 3 * 1024 // characters of one row
let count = 0

export const bytesOf = (hex: string): number => (hex ? (hex.length + 1) / 3 : 0)

/** append adds pieces to rows. A piece that follows at once in the same direction goes on with the row, unless something was complete there. */
export function append(rows: Row[], pieces: Piece[]): Row[] {
  const out = rows.slice()
  for (const p of pieces) {
    const at = Date.parse(p.at)
    const device = p.device || ''
    const last = out[out.length - 1]
    const n = bytesOf(p.hex)
    if (last && last.out === p.out && last.device === device && at - last.end < together && !last.said.length && last.hex.length < mostHex) {
      out[out.length - 1] = {
        ...last, hex: last.hex + (last.hex && p.hex ? ' ' : '') + p.hex, bytes: last.bytes + n, hidden: last.hidden + (p.hidden || 0), said: p.said || [], end: at,
      }
      continue
    }
    out.push({ key: ++count, at, gap: last ? at - last.end : -1, out: p.out, device, hex: p.hex, bytes: n, hidden: p.hidden || 0, said: p.said || [], end: at })
  }
  return out.length > mostRows ? out.slice(out.length - mostRows) : out
}

const pad = (n: number, width: number): string => ('000' + n).slice(-width)
export const clockMS = (at: number): string => { const d = new Date(at); return [d.getHours(), d.getMinutes(), d.getSeconds()].map((x) => pad(x, 2)).join(':') + '.' + pad(d.getMilliseconds(), 3) }
export const gapText = (ms: number): string => (ms < 0 ? '' : ms < 10000 ? '+' + ms + ' ms' : '+' + Math.round(ms / 1000) + ' s')

/** asText is what the copy button copies: a session of halld device monitor --record, with what was said as remarks. */
export function asText(rows: Row[], profile: string): string {
  const from = rows.length ? rows[0].at : 0
  const lines = ['# halld session', '# profile: ' + profile]
  for (const r of rows) {
    if (r.hex) lines.push(`${r.at - from} ${r.out ? '>' : '<'} ${r.hex}`)
    for (const s of r.said) lines.push('#     ' + s)
  }
  return lines.join('\n') + '\n'
}
