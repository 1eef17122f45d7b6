import { describe, expect, it } from 'vitest'
import type { Day, Queue } from '../shared/types'
import { actsFor, lateIn, shownQueues } from './day'

const open: Day = { id: '2026-03-02', date: '2026-03-02', zone: 'Asia/Shanghai', clock: 'trusted' }

describe('what a manager can do about the day', () => {
  it('is what the day allows', () => {
    expect(actsFor(open, false)).toEqual(['pause', 'close', 'skip', 'evacuate'])
    expect(actsFor({ ...open, issue_paused: true }, false)).toEqual(['resume', 'close', 'skip', 'evacuate'])
    expect(actsFor({ ...open, id: undefined }, false)).toEqual(['open', 'skip'])
    expect(actsFor({ ...open, id: undefined, skipped: '停电' }, false)).toEqual(['open'])
  })
  it('begins with what is wrong', () => {
    expect(actsFor({ ...open, clock: 'suspect' }, false)[0]).toBe('confirm')
    expect(actsFor(open, true)).toEqual(['close', 'pause', 'evacuate'])
    expect(actsFor({ ...open, evacuated: '火警' }, false)).toEqual(['allclear', 'close'])
  })
})

describe('a queue and its target', () => {
  const q = (more: Partial<Queue>): Queue => ({ id: 'A', name: 'A', waiting: 2, printing: 0, oldest_wait_seconds: 0, numbers_left: 1, issued: 1, windows: [], ...more })
  it('goes by what the hall says, and by the wait where it says nothing', () => {
    expect(lateIn(q({}), 999, 0)).toEqual({ over: false, people: 0, target: 0 })
    expect(lateIn(q({}), 999, 900)).toMatchObject({ over: true, target: 900 })
    expect(lateIn(q({ target_seconds: 1200 }), 999, 900).over).toBe(false)
    expect(lateIn(q({ over_target: 1 }), 0, 0)).toMatchObject({ over: true, people: 1 })
    expect(lateIn(q({ over_target: 3 }), 0, 0).people).toBe(2) // of those who wait
    expect(lateIn(q({ target_seconds: 0 }), 999, 900).over).toBe(false) // none is promised there
    expect(lateIn(q({ over_target: true }), 0, 0)).toMatchObject({ over: true, people: 0 })
    expect(lateIn(q({ waiting: 0 }), 999, 1).over).toBe(false)
  })
})

describe('the table of queues', () => {
  it('keeps its order while all fit, and shows the longest waits where they do not', () => {
    const q = (id: string, waiting: number): Queue => ({ id, name: id, waiting, printing: 0, oldest_wait_seconds: 0, numbers_left: 1, issued: 1, windows: [] })
    const all = [q('A', 0), q('B', 2), q('C', 5), q('D', 0)]
    const waited = (x: Queue) => (x.id === 'B' ? 300 : x.id === 'C' ? 60 : 0)
    expect(shownQueues(all, waited, 4)).toBe(all)
    expect(shownQueues(all, waited, 3).map((x) => x.id).join('')).toBe('BCA')
  })
})
