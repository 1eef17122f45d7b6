import { describe, expect, it } from 'vitest'
import type { Counts } from '../shared/types'
import { query, shareIn } from './figures'

const counts = (promised: number, within_target: number): Counts => ({
  issued: 9, served: 9, missed: 0, cancelled: 0, wait: { n: 9, median_seconds: 1, p90_seconds: 1, max_seconds: 1 }, service: { n: 0, median_seconds: 0, p90_seconds: 0, max_seconds: 0 },
  target_seconds: 900, promised, within_target, ratings: [], outcomes: [],
})

describe('figures of a day', () => {
  it('divides by those to whom a wait was promised, not by all who waited', () => {
    expect(shareIn(counts(4, 3))).toBe('75%')
    expect(shareIn(counts(0, 0))).toBe('–')
  })
})

describe('the address of a list', () => {
  it('leaves out what is not chosen, and writes the rest so that it survives', () => {
    expect(query({ day: '2026-03-02', state: '', number: 'A&1', limit: 50 })).toBe('?day=2026-03-02&number=A%261&limit=50')
    expect(query({ day: '' })).toBe('')
  })
})
