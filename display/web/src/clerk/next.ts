import type { Catalogue, Item, Person, Queue, Rules, Ticket, Window, Word } from '../shared/types'

export type Label = 'nextCall' | 'nextServe' | 'nextFinish' | 'nextFinishCall' | 'nextResume'
export interface Next { verb: 'call' | 'serve' | 'finish' | 'resume'; label: Label; body: Record<string, unknown> }

/** nextOf is the one thing a clerk does next: the big button and F1. Finishing calls the next one in the same stroke; only leaves that out, as a paused window
 *  does. Where arrival is implied, a called ticket is finished without a word in between. */
export function nextOf(w: Window | null, rules: Rules = {}, only = false): Next | null {
  if (!w || w.state === 'closed') return null
  if (w.ticket && w.ticket.state === 'called' && !rules.imply_arrival) return { verb: 'serve', label: 'nextServe', body: {} }
  if (w.ticket) {
    return only || w.state === 'paused'
      ? { verb: 'finish', label: 'nextFinish', body: { outcome: 'done' } }
      : { verb: 'finish', label: 'nextFinishCall', body: { outcome: 'done', next: true } }
  }
  if (w.state === 'paused') return { verb: 'resume', label: 'nextResume', body: {} }
  return { verb: 'call', label: 'nextCall', body: {} }
}

/** outcomesFor are the outcomes that a clerk can state. "Not stated" is what a keypad says, which has no key for it. */
export const outcomesFor = (all: Word[]): Word[] => all.filter((o) => o.code !== 'not-stated')

/** itemsFor are the items that a ticket can have been about, when nobody said at the kiosk: those of its queue. Empty: there is nothing to name. */
export function itemsFor(c: Catalogue | null, ticket: Pick<Ticket, 'queue' | 'item'> | null): Item[] {
  return c && ticket && !ticket.item ? c.items.filter((i) => i.queue === ticket.queue) : []
}

export interface Staff { here: Person[]; anywhere: Person[]; elsewhere: Person[] }

/** staffFor sorts the people of a hall for a window: whose place it is, who may sit anywhere, and who is set up for other windows only. */
export function staffFor(people: Person[], window: string): Staff {
  return {
    here: people.filter((p) => p.windows.indexOf(window) >= 0), anywhere: people.filter((p) => !p.windows.length),
    elsewhere: people.filter((p) => p.windows.length > 0 && p.windows.indexOf(window) < 0),
  }
}

/** overBy is how many seconds a queue's longest wait is over its target; 0: none is, or nothing is promised. */
export function overBy(q: Queue, oldestSeconds: number, rules: Rules = {}): number {
  const target = q.target_seconds || rules.target_seconds || 0
  return target && q.waiting ? Math.max(0, oldestSeconds - target) : 0
}

/** takenOver reports whether an event says that somebody else staffs a window that this session had open. Its own acts come back as events too: mine is the
 *  last of them, acting that one is under way. */
export function takenOver(e: { kind: string; seq: number; data: Record<string, unknown> }, before: Window | null, own: { seat: string; mine: number; acting: boolean }): boolean {
  return e.kind === 'window.opened' && e.data.window === own.seat && e.seq !== own.mine && !own.acting && !!before && before.state === 'open'
}
