import { describe, expect, it } from 'vitest'
import type { Catalogue, Person, Queue, TicketView, Window } from '../shared/types'
import { itemsFor, nextOf, outcomesFor, overBy, staffFor, takenOver } from './next'

const w = (state: Window['state'], ticket?: string): Window => ({
  id: '1', state, staffed: true, queues: ['A'], held: [], done: 0,
  ticket: ticket ? ({ id: 't', number: 'A001', queue: 'A', state: ticket, class: 'ordinary', calls: 1, since: '' } as TicketView) : null,
})

describe('next action', () => {
  it('follows the state of the window', () => {
    expect(nextOf(null)).toBe(null)
    expect(nextOf(w('closed'))).toBe(null)
    expect(nextOf(w('open'))!.verb).toBe('call')
    expect(nextOf(w('open', 'called'))!.verb).toBe('serve')
    expect(nextOf(w('paused'))!.verb).toBe('resume')
  })
  it('finishes and calls in one stroke, unless told otherwise or paused', () => {
    expect(nextOf(w('open', 'serving'))).toEqual({ verb: 'finish', label: 'nextFinishCall', body: { outcome: 'done', next: true } })
    expect(nextOf(w('open', 'serving'), {}, true)).toEqual({ verb: 'finish', label: 'nextFinish', body: { outcome: 'done' } })
    expect(nextOf(w('paused', 'serving'))!.body).toEqual({ outcome: 'done' })
  })
  it('leaves the arrival out where the hall implies it: one key a citizen', () => {
    expect(nextOf(w('open', 'called'), { imply_arrival: true })).toMatchObject({ verb: 'finish', body: { next: true } })
    expect(nextOf(w('open', 'serving'), { imply_arrival: true })!.verb).toBe('finish')
  })
})

describe('what a clerk can say at the end', () => {
  it('is never that nothing was said', () => {
    const all = ['done', 'accepted', 'not-stated'].map((code) => ({ code, name: code, name_en: code }))
    expect(outcomesFor(all).map((o) => o.code)).toEqual(['done', 'accepted'])
  })
  it('is the item, if the ticket was taken for its queue only', () => {
    const item = (id: string, queue: string) => ({ id, name: id, department: 'd', queue, bring: [] })
    const c: Catalogue = { classes: [], departments: [], items: [item('x', 'A'), item('y', 'B'), item('z', 'A')], queues: [], windows: [], people: [], rules: {} }
    expect(itemsFor(c, { queue: 'A' }).map((i) => i.id)).toEqual(['x', 'z'])
    expect(itemsFor(c, { queue: 'A', item: 'x' })).toEqual([])
    expect(itemsFor(c, null)).toEqual([])
    expect(itemsFor(null, { queue: 'A' })).toEqual([])
  })
})

describe('who may sit at a window', () => {
  const p = (id: string, ...windows: string[]): Person => ({ id, name: id, role: 'handler', windows })
  it('is first whoever is set up for it', () => {
    const s = staffFor([p('a', '2'), p('b'), p('c', '1', '2'), p('d', '1')], '1')
    expect([s.here, s.anywhere, s.elsewhere].map((x) => x.map((y) => y.id).join())).toEqual(['c,d', 'b', 'a'])
  })
})

describe('over target', () => {
  const q = (more: Partial<Queue>): Queue => ({ id: 'A', name: 'A', waiting: 1, printing: 0, oldest_wait_seconds: 0, numbers_left: 1, issued: 1, windows: [], ...more })
  it('goes by the queue before the hall, and by nothing where nothing is promised', () => {
    expect(overBy(q({}), 3000)).toBe(0)
    expect(overBy(q({ target_seconds: 600 }), 700, { target_seconds: 300 })).toBe(100)
    expect(overBy(q({}), 700, { target_seconds: 300 })).toBe(400)
    expect(overBy(q({ waiting: 0, target_seconds: 1 }), 700)).toBe(0)
  })
})

describe('a displaced clerk', () => {
  const opened = { kind: 'window.opened', seq: 9, data: { window: '1', clerk: '李', name: '李' } }
  const own = { seat: '1', mine: 7, acting: false }
  it('is told when somebody else opens an open window', () => {
    expect(takenOver(opened, w('open'), own)).toBe(true)
  })
  it('is not told of its own acts, other windows, or the end of a pause', () => {
    expect(takenOver(opened, w('open'), { ...own, mine: 9 })).toBe(false)
    expect(takenOver(opened, w('open'), { ...own, acting: true })).toBe(false)
    expect(takenOver(opened, w('open'), { ...own, seat: '2' })).toBe(false)
    expect(takenOver(opened, w('paused'), own)).toBe(false)
    expect(takenOver({ ...opened, kind: 'ticket.called' }, w('open'), own)).toBe(false)
    expect(takenOver(opened, null, own)).toBe(false)
  })
})
