import { describe, expect, it } from 'vitest'
import type { Catalogue, Hall, Item, Queue, Window } from '../shared/types'
import { setZone } from '../shared/zone'
import { anyLong, doorsOf, gridOf, paged, standing } from './menu'
import { refusedWords, warnings } from './issuing'
import { restOf, rests } from './rest'

const queue = (id: string, more: Partial<Queue> = {}): Queue =>
  ({ id, name: id, waiting: 0, printing: 0, oldest_wait_seconds: 0, numbers_left: 9, issued: 0, windows: [], ...more })
const item = (id: string, department: string, q: string): Item => ({ id, name: id, department, queue: q, bring: [] })
const catalogue = (items: Item[]): Catalogue =>
  ({ classes: [], departments: [{ id: 'd1', name: '甲' }, { id: 'd2', name: '乙' }, { id: 'd3', name: '丙' }], items, queues: [], windows: [], people: [], rules: {} })

describe('the menu', () => {
  const queues = [queue('A'), queue('B'), queue('C')]
  it('offers departments with their items, and beside them the queues without', () => {
    const doors = doorsOf(catalogue([item('x', 'd1', 'A'), item('y', 'd1', 'B'), item('z', 'd3', 'A'), item('w', 'd1', 'A')]), queues)
    expect(doors.map((d) => d.key)).toEqual(['department-d1', 'department-d3', 'queue-C'])
    expect(doors[0].items.map((i) => i.id)).toEqual(['x', 'y', 'w'])
    expect(doors[0].queues).toEqual(['A', 'B'])
  })
  it('offers the queues of a hall without items, or whose catalogue is not known', () => {
    for (const c of [null, catalogue([])]) expect(doorsOf(c, queues).map((d) => d.key)).toEqual(['queue-A', 'queue-B', 'queue-C'])
  })
  it('leaves out items of a queue that is gone', () => {
    expect(doorsOf(catalogue([item('x', 'd1', 'Z')]), queues).map((d) => d.key)).toEqual(['queue-A', 'queue-B', 'queue-C'])
  })
})

describe('how it stands with a choice', () => {
  const w = (id: string, queues: string[], state: Window['state'] = 'open'): Window => ({ id, state, staffed: true, queues, ticket: null, held: [], done: 0 })
  const hall = { queues: [queue('A', { waiting: 3, printing: 1, wait_low: 10, wait_high: 25, windows: ['1'] }), queue('B', { numbers_left: 0 }), queue('C')],
    windows: [w('1', ['A']), w('2', ['A', 'B'], 'closed')] } as Hall
  it('counts one queue, and no sum of several', () => {
    expect(standing(hall, ['A'])).toEqual({ ahead: 4, low: 10, high: 25, staffed: true, served: true, left: true, windows: ['1'] })
    expect(standing(hall, ['A', 'B'])).toEqual({ staffed: true, served: true, left: true, windows: ['1'] })
  })
  it('says where nobody is, and where nobody ever will be', () => {
    expect(standing(hall, ['B'])).toMatchObject({ staffed: false, served: true, left: false, windows: [] })
    expect(standing(hall, ['C'])).toMatchObject({ staffed: false, served: false, left: true })
  })
})

describe('names', () => {
  it('are set alike: one long name makes all of them smaller', () => {
    expect(anyLong(['税务局', '人力资源和社会保障局'])).toBe(false)
    expect(anyLong(['税务局', '国有建设用地使用权及房屋所有权登记'])).toBe(true)
    expect(anyLong(['Taxation', 'Market Regulation'])).toBe(false)
    expect(anyLong(['Taxation', 'Human Resources and Social Security'])).toBe(true)
  })
})

describe('a queue that gives no number', () => {
  it('says why, and is off where all queues behind a choice are', () => {
    const hall = { queues: [queue('A', { refused: 'queue-stopped', stopped: '系统故障' }), queue('B')], windows: [] as Window[] } as unknown as Hall
    expect(standing(hall, ['A']).refused?.id).toBe('A')
    expect(standing(hall, ['A', 'B']).refused).toBeUndefined()
    expect(refusedWords(hall.queues[0], 0)).toContain('系统故障')
    expect(refusedWords(hall.queues[1], 0)).toBe('')
  })
  it('says when to come again', () => {
    setZone('Asia/Shanghai')
    const now = Date.parse('2026-03-02T04:00:00Z')
    expect(refusedWords(queue('A', { refused: 'quota-used', refused_until: '2026-03-02T05:30:00Z' }), now)).toContain('13:30')
    expect(refusedWords(queue('A', { refused: 'too-late', refused_until: '2026-03-03T00:30:00Z' }), now)).toContain('3月3日')
  })
  it('warns of the closing time, of the break, and of a long line', () => {
    expect(warnings({ waiting: 1, printing: 0 })).toEqual([])
    expect(warnings({ waiting: 30, printing: 2, past_closing: '2026-03-02T04:00:00Z', calls_resume_at: '2026-03-02T05:30:00Z', long: true }).join()).toMatch(/12:00.*13:30.*32/)
    expect(warnings({ waiting: 1, printing: 0, past_closing: '2026-03-02T09:00:00Z' }).join()).toContain('17:00')
  })
  it('offers only what the kiosk offers', () => {
    const c = { ...catalogue([]), kiosk: 'k1', queues: [{ id: 'B', name: 'B' }] }
    expect(doorsOf(c, [queue('A'), queue('B')]).map((d) => d.key)).toEqual(['queue-B'])
  })
})

describe('pages', () => {
  it('holds all, each once, and never goes beyond its end', () => {
    for (const portrait of [true, false]) for (const elder of [true, false]) for (const what of ['doors', 'items'] as const) for (const n of [1, 4, 6, 7, 20, 60, 270]) {
      const g = gridOf(what, n, portrait, elder)
      const list = Array.from({ length: n }, (_, i) => i)
      const first = paged(list, g.columns * g.rows, 0)
      const all = Array.from({ length: first.pages }, (_, p) => paged(list, g.columns * g.rows, p).rows)
      expect(all.reduce((a, b) => a.concat(b), [])).toEqual(list)
      expect(paged(list, g.columns * g.rows, 99).page).toBe(first.pages - 1)
      if (what === 'items') expect(g.columns * g.rows).toBeLessThanOrEqual(elder ? 4 : 6)
    }
    expect(paged([], 6, 3)).toEqual({ rows: [], page: 0, pages: 1 })
  })
})

describe('the rest after which all is forgotten', () => {
  it('runs on every page, and at the start only if somebody changed something', () => {
    expect(restOf({ page: 'start', elder: false, touched: false })).toBe(0)
    expect(restOf({ page: 'start', elder: true, touched: true })).toBe(60)
    expect(restOf({ page: 'choosing', elder: false, touched: true })).toBe(60)
    expect(restOf({ page: 'choosing', elder: true, touched: true })).toBe(180)
    expect(restOf({ page: 'done', elder: false, touched: true })).toBe(rests.done)
    expect(restOf({ page: 'stuck', elder: false, touched: true })).toBe(60)
    expect(restOf({ page: 'done', elder: false, touched: true, paperless: true })).toBe(60)
  })
})
