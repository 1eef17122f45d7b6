import { describe, expect, it } from 'vitest'
import en from '../i18n/technician.en.json'
import zh from '../i18n/technician.zh.json'
import { append, asText, gapText } from './rows'
import type { Piece } from './types'

const piece = (ms: number, out: boolean, hex: string, said?: string[]): Piece => ({ at: new Date(1000000 + ms).toISOString(), out, hex, said })

describe('rows of a line', () => {
  it('puts the pieces of a frame together and says the gap before each', () => {
    const rows = append(append([], [piece(0, true, 'A5 01')]), [piece(3, true, '5A', ['show text=1']), piece(5, true, 'A5'), piece(45, false, '06', ['ack'])])
    expect(rows.map((r) => r.hex)).toEqual(['A5 01 5A', 'A5', '06'])
    expect(rows.map((r) => r.bytes)).toEqual([3, 1, 1])
    expect(rows.map((r) => gapText(r.gap))).toEqual(['', '+2 ms', '+40 ms'])
    expect(rows[0].said).toEqual(['show text=1'])
    expect(asText(rows, 'x')).toBe('# halld session\n# profile: x\n0 > A5 01 5A\n#     show text=1\n5 > A5\n45 < 06\n#     ack\n')
  })
  it('keeps a bounded number of rows, and counts what is kept back', () => {
    const rows = append([], Array.from({ length: 700 }, (_, i) => piece(i * 100, i % 2 === 0, '00')))
    expect(rows.length).toBe(500)
    expect(append([], [{ at: new Date().toISOString(), out: false, hex: '', hidden: 9 }])[0]).toMatchObject({ bytes: 0, hidden: 9 })
  })
  it('has every phrase in both languages', () => { expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort()) })
})
