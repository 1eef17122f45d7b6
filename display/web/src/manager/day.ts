import type { Day, Queue, Window } from '../shared/types'

export type Act = 'open' | 'close' | 'skip' | 'pause' | 'resume' | 'confirm' | 'evacuate' | 'allclear'

/** actsFor lists what can be done about the day as it is. A stale day is to be closed, so that comes first. */
export function actsFor(day: Day, stale: boolean): Act[] {
  const clock: Act[] = day.clock === 'suspect' ? ['confirm'] : []
  if (!day.id) return clock.concat(day.skipped ? ['open'] : ['open', 'skip'])
  if (day.evacuated) return clock.concat(['allclear', 'close'])
  const give: Act = day.issue_paused ? 'resume' : 'pause'
  return clock.concat(stale ? ['close', give] : [give, 'close', 'skip'], 'evacuate')
}

/** busyWindows are the windows where somebody is called, served or held: they keep a day from being closed. */
export const busyWindows = (windows: Window[]): string[] => windows.filter((w) => w.ticket || w.held.length > 0).map((w) => w.id)

/** lateIn says how it stands with a queue's target: over it or not, and how many where the hall counts them. */
export function lateIn(q: Queue, waited: number, hallTarget: number): { over: boolean; people: number; target: number } {
  const target = q.target_seconds === undefined ? hallTarget : q.target_seconds // 0: none is promised here
  const people = Math.min(q.waiting, typeof q.over_target === 'number' ? q.over_target : 0)
  return { over: people > 0 || q.over_target === true || target > 0 && q.waiting > 0 && waited > target, people, target }
}

/** shownQueues are the queues of the table: all in their order, or, where they are many, those that wait longest first. */
export function shownQueues(queues: Queue[], waited: (q: Queue) => number, most: number): Queue[] {
  if (queues.length <= most) return queues
  return queues.map((q, i) => ({ q, i, w: waited(q) })).sort((a, b) => b.w - a.w || b.q.waiting - a.q.waiting || a.i - b.i).slice(0, most).map((x) => x.q)
}
