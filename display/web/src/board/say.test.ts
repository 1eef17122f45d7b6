import { describe, expect, it } from 'vitest'
import { cardinal, sentence, Speaker, spelled, type Voice } from './say'

describe('words', () => {
  it('says windows as cardinals', () => {
    const want: [number, string][] = [[0, '零'], [1, '一'], [10, '十'], [12, '十二'], [20, '二十'], [21, '二十一'], [100, '一百'], [105, '一百零五'], [110, '一百一十'], [1005, '一千零五'], [1010, '一千零一十']]
    for (const [n, s] of want) expect(cardinal(n)).toBe(s)
  })
  it('says numbers digit by digit', () => {
    expect(spelled('A012')).toBe('A零一二')
    expect(sentence('A012', '12')).toBe('请A零一二号到十二号窗口')
    expect(sentence('B300', '3A')).toBe('请B三零零号到三A号窗口')
  })
})

describe('speaker', () => {
  const scripted = (answers: boolean[]) => {
    const said: string[] = []
    const ends: (() => void)[] = []
    const voice: Voice = { say: (text, ended) => { said.push(text); const ok = answers.shift() !== false; ends.push(() => ended(ok)) } }
    return { said, voice, end: () => ends.shift()!() }
  }
  it('says everything, one after the other, in order', () => {
    const v = scripted([])
    const s = new Speaker(v.voice)
    for (const x of ['a', 'b', 'c']) s.add(x)
    expect(v.said).toEqual(['a'])
    v.end(); v.end(); v.end()
    expect(v.said).toEqual(['a', 'b', 'c'])
    expect(s.waiting).toBe(0)
    expect(s.failed).toBe(0)
  })
  it('tries once more, then counts what was not spoken and goes on', () => {
    const v = scripted([false, false, false, true])
    const s = new Speaker(v.voice)
    s.add('a')
    s.add('b')
    v.end(); v.end()
    expect(s.failed).toBe(1)
    v.end(); v.end()
    expect(v.said).toEqual(['a', 'a', 'b', 'b'])
    expect(s.failed).toBe(0)
  })
  it('counts without a voice', () => {
    const s = new Speaker(null)
    s.add('a')
    expect(s.failed).toBe(1)
  })
})
