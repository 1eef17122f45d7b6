import { describe, expect, it } from 'vitest'
import { answersNow, inShort, mark, seenBy } from './hearing'
import { lang } from './i18n'
import type { Health } from './types'
import { setZone } from './zone'

const device = (state: string, hearing: string): Health => ({ state, hearing, words: '', words_en: '' })

describe('how a device is', () => {
  it('has four marks, and a triangle for what works and wants somebody', () => {
    expect([device('ok', 'answers'), device('ok', 'only-listens'), device('ok', 'never-answered'), device('failing', 'answers'), device('warning', 'answers')].map(mark).join('')).toBe('●◐○✖▲')
  })
  it('never calls well what was only sent to', () => {
    for (const h of ['only-listens', 'never-answered', '']) {
      expect(answersNow(device('ok', h))).toBe(false)
      expect(inShort(device('ok', h))).toContain('未确认')
    }
    expect(inShort(device('ok', 'answers'))).toBe('有应答')
  })
  it('says who saw it working, and when', () => {
    setZone('Asia/Shanghai')
    const d: Health = { ...device('ok', 'only-listens'), witness: { by: 'bench', at: '2026-03-02T01:05:00Z' } }
    lang.value = 'zh'
    expect(seenBy(d)).toBe('由 bench 于 2026-03-02 09:05 看到正常')
    expect(seenBy(device('ok', 'only-listens'))).toBe('')
  })
})
