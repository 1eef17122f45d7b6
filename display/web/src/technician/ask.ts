import { lang } from '../shared/i18n'
import type { Ask } from './types'
import { byKey, tt } from './words'

/** askLabel is what a field is called. */
export const askLabel = (a: Ask): string => (lang.value === 'en' ? a.label_en : a.label) || a.label_en || byKey('arg_', a.name)

/** limits says what may stand in a number's field. */
export const limits = (a: Ask): string => (a.min !== undefined && a.max !== undefined ? `${a.min}–${a.max}` : a.max !== undefined ? `≤ ${a.max}` : a.min !== undefined ? `≥ ${a.min}` : '')

/** wrongValue says why a value cannot be taken; empty: it can, as far as the screen knows. An empty field means the profile's default. */
export function wrongValue(a: Ask, value: string): string {
  const v = value.trim()
  if (!v || a.kind !== 'int') return ''
  if (!/^-?\d+$/.test(v)) return tt('notWhole')
  const n = Number(v)
  return (a.min !== undefined && n < a.min) || (a.max !== undefined && n > a.max) ? tt('outOfRange', { range: limits(a) }) : ''
}

const quoted = (s: string): string => JSON.stringify(s)

/** hallLines are the lines of a hall file for a device that was tried. */
export function hallLines(d: { id: string; kind: string; profile: string; port: string; window: string; address: string; set: Record<string, string> }): string {
  const out = ['[[device]]', `id = ${quoted(d.id)}`, `kind = ${quoted(d.kind)}`, `profile = ${quoted(d.profile)}`, `port = ${quoted(d.port)}`]
  if (Number(d.window) > 0) out.push(`window = ${quoted(String(Number(d.window)))}`)
  if (Number(d.address) > 0) out.push(`address = ${Number(d.address)}`)
  const keys = Object.keys(d.set).filter((k) => d.set[k])
  if (keys.length) out.push(`set = { ${keys.map((k) => `${k} = ${quoted(d.set[k])}`).join(', ')} }`)
  return out.join('\n') + '\n'
}

/** freeID is a name that no device has yet. */
export function freeID(kind: string, taken: string[]): string {
  const base = kind.split('+')[0]
  for (let n = 1; ; n++) if (taken.indexOf(base + '-' + n) < 0) return base + '-' + n
}
