import en from '../i18n/technician.en.json'
import zh from '../i18n/technician.zh.json'
import { phrases } from '../shared/i18n'

export type Word = keyof typeof zh
export const tt = phrases(zh, en)
export const byKey = (prefix: string, key: string): string => {
  const said = tt((prefix + key) as Word)
  return said === prefix + key ? key : said // a word of the API that this screen does not know
}
