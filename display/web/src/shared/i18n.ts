import { ref } from 'vue'
import en from '../i18n/en.json'
import zh from '../i18n/zh.json'
import type { Refusal } from './api'
import { keep, kept } from './session'
import { moment } from './zone'

export type Key = keyof typeof zh
export const lang = ref<'zh' | 'en'>('zh')
export const elder = ref(false)

type Values = Record<string, string | number>

/** phrases makes the speaker of a pair of dictionaries; {name} is filled from values. */
export const phrases = <K extends string>(chinese: Record<K, string>, english: Record<K, string>) => (key: K, values: Values = {}): string =>
  ((lang.value === 'en' ? english : chinese)[key] || key).replace(/\{(\w+)\}/g, (_, k: string) => String(values[k] === undefined ? '' : values[k]))

/** t says a phrase that screens share. */
export const t = phrases<Key>(zh, en)

export function setLang(to: 'zh' | 'en'): void {
  lang.value = to
  document.documentElement.lang = to === 'en' ? 'en' : 'zh-CN'
}
export function loadLang(): void { setLang(kept('lang') === 'en' ? 'en' : 'zh') }
export function switchLang(remember: boolean): void {
  setLang(lang.value === 'zh' ? 'en' : 'zh')
  if (remember) keep('lang', lang.value)
}

/** named picks the name of a queue, item or hall in the language of the screen. */
export const named = (n: { name: string; name_en?: string } | null | undefined): string => (n ? (lang.value === 'en' && n.name_en) || n.name : '')
export const why = (r: Refusal): string => (lang.value === 'en' ? r.en : r.zh)

const two = (n: number): string => ('0' + n).slice(-2)

/** hhmm is a time on the hall's clock. */
export const hhmm = (d: Date | number): string => moment(+d).time

/** minutes says a wait as people do: no seconds beyond the first minute. */
export function minutes(seconds: number): string {
  if (seconds < 60) return t('underMinute')
  const m = Math.floor(seconds / 60)
  return m < 60 ? t('minutes', { n: m }) : t('hours', { h: Math.floor(m / 60), m: m % 60 })
}
export const clockTime = (seconds: number): string => Math.floor(Math.max(0, seconds) / 60) + ':' + two(Math.floor(Math.max(0, seconds) % 60))

/** range says a wait in minutes, never falsely precise, and whether it rests on nothing that was seen of this line. */
export function range(low?: number, high?: number, basis?: string): string {
  if (!high) return ''
  return (!low || low >= high ? t('waitUpTo', { high }) : t('waitRange', { low, high })) + (basis === 'constant' ? t('byExperience') : '')
}

/** list joins names or numbers as the language does. */
export const list = (all: string[]): string => all.join(lang.value === 'en' ? ', ' : '、')

/** either joins what one of them will do: a citizen goes to one window. */
export const either = (all: string[]): string => lang.value === 'en' && all.length > 1 ? `${all.slice(0, -1).join(', ')} or ${all[all.length - 1]}` : list(all)

/** clerkName is who sits at a window, in the language of the screen where it is known. */
export const clerkName = (w: { clerk?: string; clerk_en?: string }): string => (lang.value === 'en' && w.clerk_en) || w.clerk || ''

/** dayName says which service day it is: its date, and which opening of that date if it was opened before. */
export function dayName(id: string): string {
  const again = id.slice(11)
  return again ? t('dayAgain', { date: id.slice(0, 10), n: again }) : id
}

/** around splits a phrase at one of its places, for screens that set what stands there in larger type. */
export const around = (key: Key, place: string): string[] => t(key, { [place]: '\u0001' }).split('\u0001')
