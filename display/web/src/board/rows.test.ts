import { describe, expect, it } from 'vitest'
import type { Call, Queue } from '../shared/types'
import { callRows, queueRows, rowsFor } from './rows'

const call = (number: string, active: boolean): Call => ({ ticket: number, number, window: '1', queue: 'A', calls: 1, at: '', active })
const many = (n: number, active: boolean) => Array.from({ length: n }, (_, i) => call((active ? 'A' : 'E') + i, active))
const numbers = (rows: Call[]) => rows.map((c) => c.number).join()

describe('calls', () => {
  it('shows those still asked for before ended ones', () => {
    const r = callRows([call('E0', false), call('A0', true), call('E1', false), call('A1', true)], 3, 0, 1000)
    expect([numbers(r.rows), r.pages]).toEqual(['A0,A1,E0', 1])
  })
  it('leaves nobody out who is called: the rows below the newest turn', () => {
    const all = many(8, true).concat(many(4, false))
    const shown: Record<string, boolean> = {}
    for (const now of [0, 1000, 2000, 3000]) {
      const r = callRows(all, 6, now, 1000)
      expect(r.rows.length).toBeLessThanOrEqual(6)
      expect(r.pages).toBe(2)
      expect(r.rows[0].number).toBe('A0')
      for (const c of r.rows) shown[c.number] = true
    }
    expect(Object.keys(shown).sort()).toEqual(['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'])
  })
  it('makes room for two more before it turns pages', () => {
    expect([0, 6, 7, 8, 9, 40].map((n) => rowsFor(many(n, true).concat(many(3, false)), 6))).toEqual([6, 6, 7, 8, 8, 8])
  })
  it('needs no pages where all who are called fit', () => {
    expect(numbers(callRows(many(6, true).concat(many(4, false)), 6, 5000, 1000).rows)).toBe('A0,A1,A2,A3,A4,A5')
    expect(callRows([], 6, 0, 1000)).toEqual({ rows: [], page: 0, pages: 1 })
  })
})

describe('queues', () => {
  const queue = (id: string, waiting: number, since = '', windows: string[] = []): Queue =>
    ({ id, name: id, waiting, printing: 0, oldest_wait_seconds: 0, oldest_since: since || undefined, numbers_left: 1, issued: 0, windows })
  it('keeps their order where all fit', () => {
    expect(queueRows([queue('A', 0), queue('B', 3)], 7, 0, 1000).rows.map((q) => q.id)).toEqual(['A', 'B'])
  })
  it('turns pages of those with something to tell, the longest wait first', () => {
    const all = [queue('A', 0), queue('B', 1, '2026-03-02T03:00:00Z'), queue('C', 0, '', ['1']), queue('D', 2, '2026-03-02T01:00:00Z'), queue('E', 1, '2026-03-02T02:00:00Z')]
    expect(queueRows(all, 2, 0, 1000)).toMatchObject({ pages: 2, page: 0 })
    expect([0, 1000].map((now) => queueRows(all, 2, now, 1000).rows.map((q) => q.id).join(''))).toEqual(['DE', 'BC'])
  })
})
