import { describe, expect, it } from 'vitest'
import { Refusal } from '../shared/api'
import { Muted, silence, Speaker, within, type Ears, type Spoken } from './say'

const said = (id: number, text: string): Spoken => ({ id, text, lang: 'zh', seconds: 1 })
const nothing: Spoken = { id: 0, seconds: 0 }

/** scripted is a hall that answers these, then stops the speaker. */
function scripted(answers: (Spoken | Error)[], speak: (s: Spoken) => Promise<void> = async () => undefined, allowed = true) {
  const asked: string[] = []
  const spoken: string[] = []
  const waits: number[] = []
  let now = 0
  let most = 0
  const ears: Ears = {
    wait: async (ms) => { waits.push(ms) },
    allowed: async () => allowed,
    async next(after, failed, leave) {
      asked.push([after, failed, leave].join('|'))
      const a = answers.shift()
      if (a === undefined) { s.stop(); return nothing }
      if (a instanceof Error) throw a
      return a
    },
    async speak(x) {
      now++
      most = Math.max(most, now)
      try { await speak(x) } finally { now-- }
      spoken.push(x.text || '')
    },
  }
  const s = new Speaker(ears)
  return { s, asked, spoken, waits, most: () => most, allow: () => { allowed = true } }
}

describe('speaker', () => {
  it('speaks in order, one at a time, with a receipt for each', async () => {
    const h = scripted([said(7, 'a'), nothing, said(8, 'b'), said(9, 'c')], () => new Promise((ok) => { setTimeout(ok, 5) }))
    await h.s.start()
    expect(h.spoken).toEqual(['a', 'b', 'c'])
    expect(h.asked).toEqual(['0||false', '7||false', '7||false', '8||false', '9||false'])
    expect(h.most()).toBe(1)
    expect(h.s.state).toBe('on')
  })
  it('tells the hall what it could not speak, and goes on', async () => {
    const h = scripted([said(1, 'a'), said(2, 'b')], async (x) => { if (x.text === 'a') throw new Error('no codec') })
    await h.s.start()
    expect(h.asked).toEqual(['0||false', '1|no codec|false', '2||false'])
    expect(h.spoken).toEqual(['b'])
    expect(h.s.failed).toBe(0)
  })
  it('asks nothing while it is muted, and leaves when it becomes so', async () => {
    const h = scripted([said(1, 'a'), nothing], async () => { throw new Muted('touch') })
    await h.s.start()
    expect(h.s.state).toBe('muted')
    expect(h.asked).toEqual(['0||false', '1|touch|true'])
    const m = scripted([nothing, said(1, 'a')], undefined, false)
    await m.s.start()
    expect([m.s.state, m.asked.length]).toEqual(['muted', 0])
    m.s.leave()
    expect(m.asked).toEqual(['0||true'])
    m.asked.length = 0
    m.allow() // the touch
    await m.s.start()
    expect([m.s.state, m.spoken.join()]).toEqual(['on', 'a'])
  })
  it('gives its receipt again after the line was down', async () => {
    const h = scripted([said(1, 'a'), new Error('offline'), said(2, 'b')])
    await h.s.start()
    expect(h.asked).toEqual(['0||false', '1||false', '1||false', '2||false'])
    expect(h.waits).toEqual([2000])
  })
  it('is off in a hall whose pages do not speak', async () => {
    const h = scripted([new Refusal('not-found', '', '', 404)])
    await h.s.start()
    expect(h.waits).toEqual([30000])
  })
})

describe('helpers', () => {
  it('ends what takes too long', async () => {
    let late = false
    await expect(within(5, new Promise<void>(() => undefined), () => { late = true })).rejects.toThrow('in time')
    expect(late).toBe(true)
  })
  it('makes a WAV file of silence', () => {
    const b = atob(silence().split(',')[1])
    expect([b.length, b.slice(0, 4), b.slice(36, 40)]).toEqual([124, 'RIFF', 'data'])
  })
})
