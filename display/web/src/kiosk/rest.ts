// Nothing of one citizen is left to the next: after a rest without a touch the kiosk is as it was at the start.

/** How long a page waits for a touch, in seconds. Whoever needs large type needs time too; a print that failed wants a decision. */
export const rests = { page: 60, elder: 180, done: 30, warning: 15 }

export interface At { page: 'start' | 'choosing' | 'done' | 'stuck'; elder: boolean; touched: boolean; paperless?: boolean }

/** restOf is the rest that a page gets; 0: it is as at the start, nothing is to be forgotten. */
export function restOf(at: At): number {
  if (at.page === 'start') return at.touched ? rests.page : 0
  if (at.page === 'done') return at.elder || at.paperless ? rests.page : rests.done // a photograph takes longer than a slip
  return at.elder ? rests.elder : rests.page
}
