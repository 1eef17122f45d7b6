import { describe, expect, it } from 'vitest'
import en from '../i18n/en.json'
import zh from '../i18n/zh.json'
import { Refusal, worthRepeating } from './api'
import { assets, isOther } from './build'
import { closesWords, dayAfter, isStale, notices, opensWords, shut, writtenDate } from './day'
import { lang, range } from './i18n'
import { jitter } from './live'
import { patch } from './patch'
import { parseFragment } from './session'
import type { Day, Hall, Queue } from './types'
import { moment, setZone } from './zone'

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
const day: Day = { id: '2026-03-02', date: '2026-03-02', zone: 'Asia/Shanghai', clock: 'trusted' }
const hall: Hall = {
  seq: 4, service_day: '2026-03-02', day, now: '2026-03-02T01:00:00Z', name: 'x', queues: [queue('A', 1), queue('B', 2)], windows: [],
  calls: [{ ticket: 't', number: 'A001', window: '1', queue: 'A', calls: 1, at: '', active: true }], outcomes: [], pause_reasons: [],
}

describe('patch', () => {
  it('merges by id and keeps the calls when they are absent', () => {
    const h = patch(hall, { seq: 5, service_day: 'd', day: { ...day, issue_paused: true }, now: 'n', full: false, queues: [queue('B', 7)], windows: [] })
    expect(h.queues.map((q) => q.id + q.waiting)).toEqual(['A1', 'B7'])
    expect(h.calls).toBe(hall.calls)
    expect(h.seq).toBe(5)
    expect(h.day.issue_paused).toBe(true)
    expect(hall.queues[1].waiting).toBe(2)
  })
  it('replaces all when full, and empties the calls when told so', () => {
    const h = patch(hall, { seq: 5, service_day: '', day: { ...day, id: undefined }, now: 'n', full: true, queues: [queue('C', 0)], windows: [], calls: [] })
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

describe('hall time', () => {
  it('is the hall\'s, wherever the screen stands', () => {
    setZone('Asia/Shanghai')
    expect(moment(Date.parse('2026-03-01T16:30:00Z'))).toEqual({ date: '2026-03-02', year: 2026, month: 3, day: 2, weekday: 1, time: '00:30' })
    setZone('America/New_York')
    expect(moment(Date.parse('2026-03-08T07:30:00Z')).time).toBe('03:30') // the clocks went forward
  })
  it('does with a zone that the browser does not know', () => {
    setZone('Local')
    expect(moment(0).time).toMatch(/^\d\d:\d\d$/)
  })
})

describe('the day in words', () => {
  const at = (text: string) => Date.parse(text + '+08:00')
  const now = at('2026-03-02T07:30:00')
  const closed: Day = { date: '2026-03-02', zone: 'Asia/Shanghai', clock: 'trusted' }
  const kinds = (d: Day, when = now) => notices(d, when).map((n) => n.kind).join()
  it('says nothing on a usual day', () => {
    setZone('Asia/Shanghai')
    expect(kinds(day)).toBe('')
    expect(shut(notices(day, now))).toBe(null)
    expect(notices(undefined, now)).toEqual([])
  })
  it('says when a closed hall opens, as people say it', () => {
    setZone('Asia/Shanghai')
    const next = (text: string) => opensWords({ ...closed, next_opening_at: text + '+08:00' }, now)
    expect(next('2026-03-02T09:00:00')).toBe('今天 09:00 开门')
    expect(next('2026-03-03T09:00:00')).toBe('明天 09:00 开门')
    expect(next('2026-03-09T08:30:00')).toBe('3月9日（周一） 08:30 开门')
    expect(opensWords(closed, now)).toBe('')
    lang.value = 'en'
    expect(next('2026-03-09T08:30:00')).toBe('Opens Mon 9 Mar at 08:30')
    lang.value = 'zh'
    expect(kinds(closed)).toBe('closed')
    const skipped = notices({ ...closed, skipped: '停电检修', next_opening_at: '2026-03-03T01:00:00Z' }, now)
    expect(skipped).toEqual([{ kind: 'skipped', tone: 'call', text: '今天不开门：停电检修', more: '明天 09:00 开门' }])
    expect(shut(skipped)!.kind).toBe('skipped')
  })
  it('knows at midnight that a hall stays closed, although the hall sends nothing then', () => {
    setZone('Asia/Shanghai')
    const said = { ...closed, skipped: '停电', skipped_dates: [{ date: '2026-03-02', reason: '停电' }, { date: '2026-03-04', reason: '培训' }] }
    expect(['2026-03-02T23:59:00', '2026-03-03T00:00:00', '2026-03-04T00:00:00'].map((x) => notices(said, at(x))[0].text)).toEqual(['今天不开门：停电', notices(closed, now)[0].text, '今天不开门：培训'])
    expect(writtenDate('2026-03-04')).toBe('2026年3月4日（周三）')
    expect([dayAfter('2026-12-31', 1), dayAfter('2026-03-02', 365)]).toEqual(['2027-01-01', '2027-03-02'])
  })
  it('tells a pause from the end of the day', () => {
    expect(kinds({ ...day, issue_paused: true, pause_reason: 'closing-time' })).toBe('ended')
    expect(notices({ ...day, issue_paused: true, pause_reason: '系统检修' }, now)[0].text).toBe('现在暂停取号：系统检修')
  })
  it('sees midnight pass, although the hall sends nothing then', () => {
    setZone('Asia/Shanghai')
    expect(isStale(day, at('2026-03-02T23:59:59'))).toBe(false)
    expect(isStale(day, at('2026-03-03T00:00:00'))).toBe(true)
    expect(isStale({ ...day, clock: 'suspect' }, at('2026-03-03T00:00:00'))).toBe(false) // who knows what day it is
    expect(kinds({ ...day, stale: true, clock: 'suspect', issue_paused: true, pause_reason: 'x' })).toBe('stale,clock,paused')
    expect(shut(notices({ ...day, stale: true }, now))).toBe(null)
  })
  it('says until when the hall is open, unless that is midnight or past', () => {
    setZone('Asia/Shanghai')
    expect(closesWords({ ...day, closes_at: '2026-03-02T09:00:00Z' }, now)).toBe('今天办公到 17:00')
    expect(closesWords({ ...day, closes_at: '2026-03-02T16:00:00Z' }, now)).toBe('')
    expect(closesWords({ ...day, closes_at: '2026-03-02T09:00:00Z' }, at('2026-03-02T18:00:00'))).toBe('')
  })
  it('says when a break is over', () => {
    setZone('Asia/Shanghai')
    const noon = { ...day, closes_at: '2026-03-02T09:00:00Z', hours: [{ open: '2026-03-02T01:00:00Z', close: '2026-03-02T04:00:00Z' }, { open: '2026-03-02T05:30:00Z', close: '2026-03-02T09:00:00Z' }] }
    expect(closesWords(noon, at('2026-03-02T11:59:59'))).toBe('今天办公到 17:00')
    expect(closesWords(noon, at('2026-03-02T12:00:00'))).toBe('现在休息，13:30 恢复办理')
    expect(shut(notices(noon, at('2026-03-02T12:00:00')))).toBe(null) // numbers are given all the same
    expect(notices(noon, at('2026-03-02T12:00:00')).map((n) => n.kind)).toEqual(['break'])
    expect(notices(noon, at('2026-03-02T13:30:00'))).toEqual([])
    expect(notices(noon, at('2026-03-02T08:00:00'))).toEqual([])
  })
  it('never says a wait more precisely than it is known', () => {
    expect(range(10, 25, 'constant')).toBe('约 10–25 分钟（按经验值）')
    expect([range(10, 25), range(0, 5), range(7, 7), range()]).toEqual(['约 10–25 分钟', '约 5 分钟以内', '约 7 分钟以内', ''])
  })
})

describe('a new build', () => {
  const page = '<link rel="stylesheet" href="/assets/kiosk-a1.css"><script src="/assets/kiosk-b2.js"></script><link href="/assets/live-c3.js">'
  it('is known by the names of what the page loads', () => {
    expect(assets(page)).toEqual(['assets/kiosk-a1.css', 'assets/kiosk-b2.js', 'assets/live-c3.js'])
    expect(isOther(assets(page), page)).toBe(false)
    expect(isOther(assets(page), page.replace('c3', 'd4'))).toBe(true)
  })
  it('is not what a proxy says while the hall is away', () => {
    expect(isOther(assets(page), '<h1>502 Bad Gateway</h1>')).toBe(false)
    expect(isOther([], page)).toBe(false)
  })
})
