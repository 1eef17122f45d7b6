// What is said of a queue that gives no number now, or gives one with a warning.
import { dateWords } from '../shared/day'
import { t } from '../shared/i18n'
import type { Queue } from '../shared/types'
import { moment } from '../shared/zone'

/** again says when to come again; empty where nobody knows. */
export function again(from: string | undefined, now: number): string {
  const at = from ? Date.parse(from) : NaN
  if (isNaN(at)) return ''
  const m = moment(at)
  return m.date === moment(now).date ? t('comeAt', { time: m.time }) : t('comeOn', { date: dateWords(at), time: m.time })
}

/** refusedWords says why no number of a queue is given now, and when to come again; empty where one is given. */
export function refusedWords(q: Queue, now: number): string {
  const why = {
    'queue-stopped': t('queueStopped', { why: q.stopped || '' }), 'quota-used': t('quotaUsed'), 'too-late': t('tooLate'), 'nobody-there': t('nobodyThere'),
  }[q.refused || '']
  return [q.refused ? why || t('issuePaused') : '', again(q.refused_until, now)].filter((x) => x).join(' · ')
}

/** warnings are what a citizen is to know before a number of a queue is taken. */
export function warnings(q: Pick<Queue, 'waiting' | 'printing' | 'past_closing' | 'calls_resume_at' | 'long'>): string[] {
  const out: string[] = []
  if (q.past_closing) {
    const past = moment(Date.parse(q.past_closing)).time
    out.push(q.calls_resume_at ? t('pastBreak', { time: past, again: moment(Date.parse(q.calls_resume_at)).time }) : t('pastClosing', { time: past }))
  }
  if (q.long) out.push(t('longQueue', { n: q.waiting + q.printing }))
  return out
}
