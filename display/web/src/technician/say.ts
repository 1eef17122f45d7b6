import type { Refusal } from '../shared/api'
import { lang, why } from '../shared/i18n'
import type { Device, Mistake } from './types'
import { byKey, tt } from './words'

/** span says how long something is ago, as people do. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 100) return tt('seconds', { n: s })
  if (s < 6000) return tt('minutesN', { n: Math.round(s / 60) })
  return s < 48 * 3600 ? tt('hoursN', { n: Math.round(s / 3600) }) : tt('daysN', { n: Math.round(s / 86400) })
}

/** kindName says what a device is: "caller+pad" is one unit of two. */
export const kindName = (kind: string): string => kind.split('+').map((k) => byKey('kind_', k)).join(' + ')

/** ago says when a device was last heard of. */
export function ago(d: Device, now: number): string {
  if (d.last_seen) return tt('seenAgo', { t: span(now - Date.parse(d.last_seen)) })
  return d.send_only ? tt('seenOnlySent') : tt('seenNever')
}

/** mistakeText says what is wrong in a text: in Chinese, and where it is not known in Chinese, that the English follows. */
export const mistakeText = (m: Mistake): string => (lang.value === 'en' ? m.message : m.message_zh || tt('onlyEnglish') + m.message)

/** whyAll says why the hall says no, with the reasons that stand behind it. */
export const whyAll = (r: Refusal): string => [why(r)].concat(r.reasons.map((x) => (lang.value === 'en' ? x.en : x.zh))).join(lang.value === 'en' ? ' ' : ':')
