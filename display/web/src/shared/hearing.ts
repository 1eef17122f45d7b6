// How a device is: a mark and a word, neither of which calls well what was only sent.
import { hhmm, lang, t, type Key } from './i18n'
import type { Health } from './types'
import { moment } from './zone'

const heard: Record<string, string> = { answers: '●', 'only-listens': '◐', 'never-answered': '○' }
const ill = (d: Health): boolean => d.state === 'failing' || d.state === 'warning'

/** mark is the shape of a device: answers, only listens, never answered, faulty; a triangle where it works and wants somebody. */
export function mark(d: Health): string {
  if (d.state === 'failing') return '✖'
  return d.state === 'warning' ? '▲' : d.state === 'starting' ? '○' : heard[d.hearing] || '○'
}

/** shade names the colour of that mark. */
export const shade = (d: Health): string => (ill(d) || d.state === 'starting' ? d.state : d.hearing)

/** inShort says the same in a few words, for lists. */
export const inShort = (d: Health): string => t(((ill(d) || d.state === 'starting' ? 'dev_' + d.state : d.hearing in heard ? 'hear_' + d.hearing : 'hear_never-answered')) as Key)

/** inWords says it as the hall does. */
export const inWords = (d: Health): string => (lang.value === 'en' ? d.words_en : d.words)

/** seenBy says who saw it working, and when; empty where nobody said so. */
export function seenBy(d: Health): string {
  if (!d.witness) return ''
  const at = Date.parse(d.witness.at)
  return t('sawIt', { by: d.witness.by, at: moment(at).date + ' ' + hhmm(at) })
}

/** answersNow counts as well only what was heard and has no problem. */
export const answersNow = (d: Health): boolean => d.state === 'ok' && d.hearing === 'answers'
