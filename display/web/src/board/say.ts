// What the board says. The hall decides what is spoken, in which order and how often; this page speaks one sentence at a time and gives a receipt for each.
import { get, Refusal } from '../shared/api'
import { kept, randomID, token } from '../shared/session'

export interface Spoken { id: number; number?: string; window?: string; lang?: string; text?: string; seconds: number }

/** Ears is what a Speaker needs of the hall and the browser. */
export interface Ears {
  /** next gives the receipt of the last sentence and waits a short time for another one; id 0: nothing is to be spoken. */
  next(after: number, failed: string, leave: boolean): Promise<Spoken>
  /** allowed finds out whether the browser lets the page make sounds. */
  allowed(): Promise<boolean>
  /** speak ends when the sentence is spoken. It fails with a Muted where the browser wants a touch first. */
  speak(s: Spoken): Promise<void>
  wait(ms: number): Promise<void>
}

/** Muted: the browser plays nothing before somebody has touched the page. */
export class Muted extends Error {}

/** off: this hall has no voice for pages; muted: somebody must touch the page; on: it speaks. */
export type State = 'starting' | 'off' | 'muted' | 'on'

/** Speaker speaks what the hall wants, until stop. What was not spoken is counted in failed and told to the hall, which logs it. */
export class Speaker {
  state: State = 'starting'
  speaking = false
  failed = 0
  private running = false
  constructor(private ears: Ears, private changed: () => void = () => undefined) {}

  /** start begins to ask the hall, if sounds are allowed. It is called again by the touch that allows them. */
  async start(): Promise<void> {
    if (this.running) return
    this.running = true
    this.failed = 0
    if (await this.ears.allowed()) {
      this.become('on')
      await this.run()
    }
    else this.become('muted')
    this.running = false
  }

  stop(): void { this.running = false }

  /** leave tells the hall that the page goes, so that it is not waited for. */
  leave(): void {
    this.stop()
    void this.ears.next(0, '', true).catch(() => undefined)
  }

  private become(s: State): void {
    this.state = s
    this.changed()
  }

  private async run(): Promise<void> {
    let after = 0
    let why = ''
    while (this.running) {
      let s: Spoken
      try {
        s = await this.ears.next(after, why, false)
      } catch (err) {
        const none = err instanceof Refusal && err.status === 404
        this.become(none ? 'off' : this.state)
        await this.ears.wait(none ? 30000 : 2000) // the receipt is given again
        continue
      }
      if (this.state !== 'on') this.become('on')
      if (!s.id) continue
      const muted = await this.speak(s)
      after = s.id
      why = muted === null ? '' : muted.message || 'the browser could not play it'
      if (muted instanceof Muted) {
        this.become('muted')
        await this.ears.next(after, why, true).catch(() => undefined) // the hall waits for it no longer than its time either way
        return
      }
    }
  }

  private async speak(s: Spoken): Promise<Error | null> {
    this.speaking = true
    this.changed()
    try {
      await this.ears.speak(s)
      this.failed = 0
      return null
    } catch (err) {
      this.failed++
      return err instanceof Error ? err : new Error(String(err))
    } finally {
      this.speaking = false
      this.changed()
    }
  }
}

const wait = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms) })

/** within fails what takes longer. */
export function within<T>(ms: number, p: Promise<T>, late: () => void = () => undefined): Promise<T> {
  return new Promise((ok, no) => {
    const timer = setTimeout(() => { late(); no(new Error('no end in time')) }, ms)
    p.then((v) => { clearTimeout(timer); ok(v) }, (e) => { clearTimeout(timer); no(e) })
  })
}

/** browserEars speaks the hall's sounds, and by the browser's own voice where the hall has no sound. */
export function browserEars(page: string = randomID()): Ears {
  const audio = new Audio()
  const zone = encodeURIComponent(kept('zone'))
  const play = (src: string, ms: number): Promise<void> => within(ms, new Promise<void>((ok, no) => {
    audio.onended = () => ok()
    audio.onerror = () => no(new Error('the sound cannot be played'))
    audio.src = src
    const begun = audio.play()
    if (begun) begun.catch((e: Error) => no(e.name === 'NotAllowedError' ? new Muted('the browser wants a touch first') : e))
  }), () => audio.pause())
  return {
    wait,
    next: (after, failed, leave) => get<Spoken>(`/api/voice/next?zone=${zone}&page=${page}&after=${after}&failed=${encodeURIComponent(failed.slice(0, 150))}&leave=${leave}`),
    async allowed() {
      try { await play(silence(), 3000) } catch (err) { return !(err instanceof Muted) }
      return true
    },
    async speak(s) {
      if (!s.seconds) return within(4000 + (s.text || '').length * 600, browserVoice(s), () => speechSynthesis.cancel())
      const res = await within(8000, fetch(`/api/voice/sound?zone=${zone}&id=${s.id}`, { headers: { Authorization: 'Bearer ' + token() } }))
      if (!res.ok) throw new Error(`the hall gives no sound (${res.status})`)
      const url = URL.createObjectURL(await within(8000, res.blob()))
      try { await play(url, s.seconds * 1000 + 3000) } finally { URL.revokeObjectURL(url) }
    },
  }
}

/** silence is a WAV file of 10 ms: whether it plays shows whether sounds are allowed. */
export function silence(): string {
  const u32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255)
  const samples = '\x80'.repeat(80)
  return 'data:audio/wav;base64,' + btoa('RIFF' + u32(36 + 80) + 'WAVEfmt ' + u32(16) + '\x01\x00\x01\x00' + u32(8000) + u32(8000) + '\x01\x00\x08\x00data' + u32(80) + samples)
}

const tongues: Record<string, RegExp> = { zh: /^(zh(?!.HK)|cmn)/i, yue: /^(yue|zh.HK)/i, en: /^en/i }

/** browserVoice reads the text, if the browser has a voice for its language. */
function browserVoice(s: Spoken): Promise<void> {
  return new Promise((ok, no) => {
    const all = typeof speechSynthesis === 'undefined' ? [] : speechSynthesis.getVoices()
    const voice = all.find((v) => (tongues[s.lang || ''] || /^$/).test(v.lang))
    if (!voice) return no(new Error('neither the hall nor the browser has a voice for ' + s.lang))
    const u = new SpeechSynthesisUtterance(s.text)
    u.lang = voice.lang
    u.voice = voice
    u.rate = 0.9
    u.onend = () => ok()
    u.onerror = (e) => no(e.error === 'not-allowed' ? new Muted('the browser wants a touch first') : new Error('speech: ' + e.error))
    speechSynthesis.speak(u)
  })
}
