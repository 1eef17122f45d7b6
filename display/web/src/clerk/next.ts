import type { Window } from '../shared/types'

export interface Next { verb: string; label: 'nextCall' | 'nextServe' | 'nextFinish' | 'nextResume'; body: Record<string, unknown> }

/** nextOf is the one thing a clerk does next: the big button and F1. */
export function nextOf(w: Window | null): Next | null {
  if (!w || w.state === 'closed') return null
  if (w.ticket && w.ticket.state === 'called') return { verb: 'serve', label: 'nextServe', body: {} }
  if (w.ticket) return { verb: 'finish', label: 'nextFinish', body: { outcome: 'done' } }
  if (w.state === 'paused') return { verb: 'resume', label: 'nextResume', body: {} }
  return { verb: 'call', label: 'nextCall', body: {} }
}
