import type { VisitEvent } from '../shared/types'

export interface Names { outcome: (code: string) => string; queue: (id: string) => string; class: (id: string) => string; told: (e: VisitEvent) => string; word: (key: string) => string }

/** reasonOf is what an event says beside its kind: why, by which rule, how it ended, and the words of who did it. */
export function reasonOf(e: VisitEvent, names: Names): string[] {
  const f = e.fact
  const text = (k: string) => (typeof f[k] === 'string' ? String(f[k]) : '')
  const out: string[] = []
  switch (e.kind) {
    case 'ticket.issued':
      out.push(names.queue(text('queue')), names.class(text('class')))
      if (text('claim')) out.push(names.word('claims').replace('{c}', names.class(text('claim'))))
      break
    case 'ticket.claim-answered': out.push(names.class(text('class')), names.word(f.granted ? 'claimYes' : 'claimNo')); break
    case 'ticket.called':
      out.push(names.word('why_' + text('why')))
      if (names.told(e)) out.push(names.told(e))
      else if (typeof f.overtook === 'number' && f.overtook > 0) out.push(names.word('overtook').replace('{n}', String(f.overtook)))
      break
    case 'ticket.queued': out.push(names.word('cause_' + text('cause'))); break
    case 'ticket.done': out.push(names.outcome(text('outcome'))); break
    case 'ticket.ended': out.push(names.word('st_' + text('state'))); break
    case 'ticket.transferred': case 'ticket.moved': out.push(names.queue(text('queue'))); break
    case 'ticket.reclassified': out.push(names.class(text('class'))); break
    case 'ticket.rated': out.push(String(f.level || '')); break
    case 'print.ended': out.push(names.word('print_' + text('result'))); break
  }
  return out.concat(text('reason'), text('note')).filter((x) => x)
}
