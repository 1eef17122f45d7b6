import { describe, expect, it } from 'vitest'
import { freeID, hallLines, limits, wrongValue } from './ask'
import type { Ask } from './types'

const field = (kind: string, min?: number, max?: number): Ask => ({ name: 'x', kind, needed: false, min, max })

describe('the set-up form', () => {
  it('takes numbers within their range only', () => {
    expect(['', ' ', '1', ' 9 '].map((v) => wrongValue(field('int', 1, 9), v))).toEqual(['', '', '', ''])
    expect(['0', '10', '-1', 'x', '1.5', '1e1'].every((v) => wrongValue(field('int', 1, 9), v) !== '')).toBe(true)
    expect(wrongValue(field('int', 1, 9), '10')).toContain('1–9')
    expect(wrongValue(field('text'), 'anything')).toBe('')
    expect([limits(field('int', 0, 7)), limits(field('int', undefined, 7)), limits(field('int', 2)), limits(field('text'))]).toEqual(['0–7', '≤ 7', '≥ 2', ''])
  })
  it('writes what was tried as lines of a hall file', () => {
    expect(hallLines({ id: 'board-9', kind: 'board', profile: 'my-board', port: '/dev/ttyUSB0', window: '3', address: '7', set: { light: '5', none: '', word: 'a"b' } })).toBe(
      '[[device]]\nid = "board-9"\nkind = "board"\nprofile = "my-board"\nport = "/dev/ttyUSB0"\nwindow = "3"\naddress = 7\nset = { light = "5", word = "a\\"b" }\n')
    expect(hallLines({ id: 'v', kind: 'voice', profile: 'p', port: 'tcp:h:1', window: '', address: '', set: {} })).not.toMatch(/window|address|set/)
    expect([freeID('board', ['board-1', 'board-2']), freeID('caller+pad', [])]).toEqual(['board-3', 'caller-1'])
  })
})
