import { describe, expect, it } from 'vitest'
import { Refusal } from '../shared/api'
import { lineAt, wrongsOf } from './hallfile'

describe('mistakes of a hall file', () => {
  it('stand at their lines', () => {
    const no = new Refusal('bad-config', '', '', 422)
    no.reasons = [{ zh: '甲', en: 'a', at: 'hall:12:3' }, { zh: '乙', en: 'b', at: 'hall' }]
    expect(wrongsOf(no)).toEqual([{ line: 12, zh: '甲', en: 'a' }, { line: 0, zh: '乙', en: 'b' }])
  })
  it('are found in the text', () => {
    const text = 'one\n二\nthree'
    expect([1, 2, 3].map((n) => text.slice(...lineAt(text, n)))).toEqual(['one', '二', 'three'])
  })
})
