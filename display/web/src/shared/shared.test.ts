import { describe, expect, it } from 'vitest'
import en from '../i18n/en.json'
import zh from '../i18n/zh.json'
import { nextOf } from '../clerk/next'
import { Refusal, worthRepeating } from './api'
import { jitter } from './live'
import { patch } from './patch'
import { parseFragment } from './session'
import type { Hall, Queue, TicketView, Window } from './types'

describe('words', () => {
  it('has the same keys and the same places to fill in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh))
    const holes = (s: string) => (s.match(/\{\w+\}/g) || []).sort()
    for (const k of Object.keys(zh) as (keyof typeof zh)[]) {
      expect(holes(en[k]), k).toEqual(holes(zh[k]))
      expect(zh[k].trim(), k).not.toBe('')
      expect(en[k].trim(), k).not.toBe('')
    }
  })
})

const queue = (id: string, waiting: number): Queue => ({ id, name: id, waiting, printing: 0, oldest_wait_seconds: 0, numbers_left: 9, issued: 0, windows: [] })
const hall: Hall = {
  seq: 4, service_day: '2026-03-02', now: '2026-03-02T01:00:00Z', name: 'x', queues: [queue('A', 1), queue('B', 2)], windows: [],
  calls: [{ ticket: 't', number: 'A001', window: '1', queue: 'A', calls: 1, at: '', active: true }], outcomes: [], pause_reasons: [],
}

describe('patch', () => {
  it('merges by id and keeps the calls when they are absent', () => {
    const h = patch(hall, { seq: 5, service_day: 'd', now: 'n', full: false, queues: [queue('B', 7)], windows: [] })
    expect(h.queues.map((q) => q.id + q.waiting)).toEqual(['A1', 'B7'])
    expect(h.calls).toBe(hall.calls)
    expect(h.seq).toBe(5)
    expect(hall.queues[1].waiting).toBe(2)
  })
  it('replaces all when full, and empties the calls when told so', () => {
    const h = patch(hall, { seq: 5, service_day: '', now: 'n', full: true, queues: [queue('C', 0)], windows: [], calls: [] })
    expect(h.queues.map((q) => q.id)).toEqual(['C'])
    expect(h.calls).toEqual([])
  })
})

describe('line', () => {
  it('waits half a second to five before it connects again', () => {
    for (let n = 0; n < 9; n++) for (const r of [0, 0.5, 1]) {
      expect(jitter(n, () => r)).toBeGreaterThanOrEqual(500)
      expect(jitter(n, () => r)).toBeLessThanOrEqual(5000)
    }
  })
  it('repeats what is not known, never what was refused', () => {
    expect(worthRepeating(new TypeError('network'))).toBe(true)
    expect(worthRepeating(new Refusal('not-known', '', '', 503))).toBe(true)
    expect(worthRepeating(new Refusal('nobody-waiting', '', '', 409))).toBe(false)
  })
  it('reads the fragment', () => {
    expect(parseFragment('#token=ab-c&printer=printer-1')).toEqual({ token: 'ab-c', printer: 'printer-1' })
    expect(parseFragment('')).toEqual({})
  })
})

describe('next action', () => {
  const w = (state: Window['state'], ticket?: string): Window => ({
    id: '1', state, staffed: true, queues: ['A'], held: [], done: 0,
    ticket: ticket ? ({ id: 't', number: 'A001', queue: 'A', state: ticket, class: 'ordinary', calls: 1, since: '' } as TicketView) : null,
  })
  it('follows the state of the window', () => {
    expect(nextOf(null)).toBe(null)
    expect(nextOf(w('closed'))).toBe(null)
    expect(nextOf(w('open'))!.verb).toBe('call')
    expect(nextOf(w('open', 'called'))!.verb).toBe('serve')
    expect(nextOf(w('open', 'serving'))).toMatchObject({ verb: 'finish', body: { outcome: 'done' } })
    expect(nextOf(w('paused'))!.verb).toBe('resume')
    expect(nextOf(w('paused', 'serving'))!.verb).toBe('finish')
  })
})
