// What a screen says about the day: whether the hall is open, gives numbers, and knows the date.
import { lang, t } from './i18n'
import type { Day } from './types'
import { moment } from './zone'

/** Notice is one thing to be said. An alarm asks for a person; a call is only news. */
export interface Notice { kind: 'closed' | 'skipped' | 'paused' | 'ended' | 'break' | 'stale' | 'clock' | 'evacuation'; tone: 'call' | 'alarm'; text: string; more?: string }

const afterHours = 'closing-time'
const daysZh = ['日', '一', '二', '三', '四', '五', '六']
const daysEn = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const monthsEn = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** dateWords says a date as people do. */
export const dateWords = (at: number): string => words(moment(at))

const words = (m: { month: number; day: number; weekday: number }): string =>
  lang.value === 'en' ? `${daysEn[m.weekday]} ${m.day} ${monthsEn[m.month - 1]}` : `${m.month}月${m.day}日（周${daysZh[m.weekday]}）`

/** writtenDate says a date that is written 2006-01-02, with its year. */
export function writtenDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number)
  const said = words({ month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() })
  return lang.value === 'en' ? `${said} ${year}` : `${year}年${said}`
}

/** dayAfter is the date some days after one. */
export function dayAfter(date: string, days: number): string {
  const [year, month, day] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10)
}

/** skippedNow is why the hall stays closed today; empty where it does not. A hall that is closed tells nothing at midnight: the date decides. */
export function skippedNow(day: Day, now: number): string {
  if (!day.skipped_dates) return day.skipped || ''
  const today = day.skipped_dates.find((s) => s.date === moment(now).date)
  return today ? today.reason : ''
}

/** fullDate says a date with its year: a clock may be wrong by one. */
export const fullDate = (at: number): string => lang.value === 'en' ? `${dateWords(at)} ${moment(at).year}` : `${moment(at).year}年${dateWords(at)}`

/** opensWords says when the hall opens next; empty where nobody knows. */
export function opensWords(day: Day, now: number): string {
  const at = day.next_opening_at ? Date.parse(day.next_opening_at) : NaN
  if (isNaN(at)) return ''
  const m = moment(at)
  if (m.date === moment(now).date) return t('opensToday', { time: m.time })
  if (m.date === moment(now + 86400000).date) return t('opensTomorrow', { time: m.time })
  return t('opensOn', { date: dateWords(at), time: m.time })
}

/** breakWords says when a hall that is between two of its hours goes on; empty while it is open. */
export function breakWords(day: Day, now: number): string {
  const all = day.id ? day.hours || [] : []
  const next = all.findIndex((h) => Date.parse(h.open) > now)
  if (next < 1 || Date.parse(all[next - 1].close) > now) return ''
  return t('breakUntil', { time: moment(Date.parse(all[next].open)).time })
}

/** closesWords says until when the open day lasts; empty where the hall has no hours or the time is over. */
export function closesWords(day: Day, now: number): string {
  const pause = breakWords(day, now)
  if (pause) return pause
  const at = day.id && day.closes_at ? Date.parse(day.closes_at) : NaN
  if (isNaN(at) || at <= now || moment(at).time === '00:00') return ''
  return t('openUntil', { time: moment(at).time })
}

/** isStale: the open day is not today. The hall says so with its next message; midnight comes without one. */
export const isStale = (day: Day, now: number): boolean => !!day.id && (!!day.stale || day.clock === 'trusted' && moment(now).date !== day.date)

/** notices lists what is to be said about the day, the gravest first. In an open hall on a usual day it is empty. */
export function notices(day: Day | undefined, now: number): Notice[] {
  if (!day) return []
  const out: Notice[] = []
  if (day.evacuated) out.push({ kind: 'evacuation', tone: 'alarm', text: t('evacuated', { why: day.evacuated }), more: t('evacuatedDo') })
  if (isStale(day, now)) out.push({ kind: 'stale', tone: 'alarm', text: t('dayStale', { day: (day.id || '').slice(0, 10) }), more: t('dayStaleDo') })
  if (day.clock === 'suspect') out.push({ kind: 'clock', tone: 'alarm', text: t('clockSuspect'), more: t('clockSuspectDo') })
  if (!day.id) {
    const skipped = skippedNow(day, now)
    out.push(skipped
      ? { kind: 'skipped', tone: 'call', text: t('daySkipped', { why: skipped }), more: opensWords(day, now) }
      : { kind: 'closed', tone: 'call', text: t('dayClosed'), more: opensWords(day, now) })
  } else if (breakWords(day, now)) {
    out.push({ kind: 'break', tone: 'call', text: breakWords(day, now) })
  }
  if (day.id && day.issue_paused) {
    out.push(day.pause_reason === afterHours
      ? { kind: 'ended', tone: 'call', text: t('issueEnded'), more: opensWords(day, now) }
      : { kind: 'paused', tone: 'call', text: day.pause_reason ? t('issuePausedWhy', { why: day.pause_reason }) : t('issuePaused') })
  }
  return out
}

/** shut is why no number can be taken now, or null. */
export const shut = (all: Notice[]): Notice | null => all.filter((n) => n.kind !== 'stale' && n.kind !== 'clock' && n.kind !== 'break')[0] || null

/** grave is what is wrong with the day or the clock: it stands on every screen beside its work. */
export const grave = (all: Notice[]): Notice[] => all.filter((n) => n.kind === 'stale' || n.kind === 'clock' || n.kind === 'evacuation')
