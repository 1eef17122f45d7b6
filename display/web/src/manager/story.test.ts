import { describe, expect, it } from 'vitest'
import zh from '../i18n/zh.json'
import en from '../i18n/en.json'
import { reasonOf } from './story'

const names = { outcome: (c: string) => '<' + c + '>', queue: (q: string) => 'Q' + q, class: (c: string) => '[' + c + ']', told: (e: { told_zh?: string }) => e.told_zh || '', word: (k: string) => (zh as Record<string, string>)[k] || '?' + k }
const event = (kind: string, fact: Record<string, unknown>) => ({ seq: 1, at: '2026-03-02T01:00:00Z', kind, ticket: 'x', fact })

describe('story', () => {
  it('says why somebody was called, and whom that passed over', () => {
    expect(reasonOf(event('ticket.called', { why: 'priority-class', overtook: 2, note: '' }), names)).toEqual(['优先类别', '越过 2 人'])
    expect(reasonOf(event('ticket.called', { why: 'direct', note: '老人等候过久' }), names)).toEqual(['直接叫号', '老人等候过久'])
  })
  it('tells a call in the words of the hall, and what became of a claim', () => {
    expect(reasonOf({ ...event('ticket.called', { why: 'priority-class', overtook: 2 }), told_zh: '提前 20 分钟；越过 2 人' }, names)).toEqual(['优先类别', '提前 20 分钟；越过 2 人'])
    expect(reasonOf(event('ticket.issued', { queue: 'A', class: 'ordinary', claim: 'p1' }), names)).toEqual(['QA', '[ordinary]', '自报[p1]，待核对'])
    expect(reasonOf(event('ticket.claim-answered', { class: 'p1', granted: true }), names)).toEqual(['[p1]', '已核对'])
  })
  it('says how it ended', () => {
    expect(reasonOf(event('ticket.done', { outcome: 'accepted', note: '缺照片' }), names)).toEqual(['<accepted>', '缺照片'])
    expect(reasonOf(event('ticket.ended', { state: 'expired', reason: 'day closed' }), names)).toEqual(['已过期', 'day closed'])
  })
  it('has words for every event of a visit, every reason and every cause', () => {
    const kinds = ['issued', 'queued', 'called', 'recalled', 'serving', 'done', 'missed', 'held', 'transferred', 'moved', 'reclassified', 'claim-answered', 'rated', 'ended'].map((k) => 'ev_ticket.' + k)
    const prints = ['queued', 'started', 'ended'].map((k) => 'ev_print.' + k)
    const whys = ['longest-wait', 'priority-class', 'appointment', 'return-due', 'only-queue', 'by-rule', 'direct', 'miss-undone'].map((k) => 'why_' + k)
    const causes = ['printed', 'unproved', 'returned', 'given-back'].map((k) => 'cause_' + k)
    const by = ['kiosk', 'board', 'clerk', 'manager', 'admin', 'device', 'rule', 'script'].map((k) => 'by_' + k)
    const results = ['printed', 'failed', 'unknown'].map((k) => 'print_' + k)
    for (const k of [...kinds, ...prints, ...whys, ...causes, ...by, ...results]) {
      expect((zh as Record<string, string>)[k], k).toBeTruthy()
      expect((en as Record<string, string>)[k], k).toBeTruthy()
    }
  })
})
