// What the board says, and in which order. Nothing is dropped in silence: what could not be spoken is counted and shown.

const digits = '零一二三四五六七八九'

/** cardinal says 0 to 9999 as a number: 12 → 十二, 105 → 一百零五. */
export function cardinal(n: number): string {
  if (n < 0 || n > 9999 || Math.floor(n) !== n) return String(n)
  if (n === 0) return digits[0]
  const units = ['', '十', '百', '千']
  let out = ''
  let gap = false
  for (let place = 3; place >= 0; place--) {
    const d = Math.floor(n / Math.pow(10, place)) % 10
    if (!d) { gap = out !== ''; continue }
    if (gap) out += digits[0]
    gap = false
    out += digits[d] + units[place]
  }
  return out.replace(/^一十/, '十')
}

/** spelled says a ticket number one sign at a time: A007 → A零零七. */
export const spelled = (number: string): string => number.replace(/\d/g, (d) => digits[Number(d)])

/** windowName says a window's number as a cardinal; other names stay as they are. */
export const windowName = (id: string): string => (/^\d{1,4}$/.test(id) ? cardinal(Number(id)) : spelled(id))

export const sentence = (number: string, window: string): string => `请${spelled(number)}号到${windowName(window)}号窗口`

export interface Voice { say(text: string, ended: (ok: boolean) => void): void }

/** Speaker says one thing after the other. What fails is tried once more, then counted in failed. */
export class Speaker {
  private line: { text: string; tries: number }[] = []
  private talking = false
  failed = 0
  constructor(private voice: Voice | null, private changed: () => void = () => undefined) {}

  get waiting(): number { return this.line.length }

  add(text: string): void {
    this.line.push({ text, tries: 0 })
    this.next()
  }

  private next(): void {
    if (this.talking || !this.line.length) return
    const item = this.line[0]
    if (!this.voice) return this.after(item, false, true)
    this.talking = true
    let over = false
    this.voice.say(item.text, (ok) => {
      if (over) return
      over = true
      this.talking = false
      this.after(item, ok, item.tries > 0)
    })
  }

  private after(item: { text: string; tries: number }, ok: boolean, last: boolean): void {
    if (ok || last) this.line.shift()
    else item.tries++
    if (!ok && last) this.failed++
    if (ok) this.failed = 0
    this.changed()
    this.next()
  }
}

/** browserVoice speaks by the browser in Chinese. A sentence without an end within its time counts as not spoken. */
export function browserVoice(): Voice | null {
  if (typeof speechSynthesis === 'undefined') return null
  return {
    say(text, ended) {
      const u = new SpeechSynthesisUtterance(text)
      u.lang = 'zh-CN'
      u.rate = 0.9
      const zh = speechSynthesis.getVoices().find((v) => /^zh/i.test(v.lang))
      if (zh) u.voice = zh
      const timer = setTimeout(() => { speechSynthesis.cancel(); ended(false) }, 4000 + text.length * 600)
      u.onend = () => { clearTimeout(timer); ended(true) }
      u.onerror = () => { clearTimeout(timer); setTimeout(() => ended(false), 300) }
      speechSynthesis.speak(u)
    },
  }
}
