// Package order decides who is next. It knows candidates, their places and their classes; it has no hall, no window, no store and no clock.
//
// There is one order. Next calls by it, Order lists it, Ahead counts in it, and the reason of a call and whom it passed come out of the same
// choice, over all the queues the window serves. So the list on a screen and the "three before you" on a slip are what will happen if nobody
// else comes, leaves or is called elsewhere.
//
// The rules, as a receptionist would say them:
//
//  1. Inside one class of one queue, whoever came first is called first, always.
//  2. Between classes the queue's discipline decides, and between whom the queues of a window put first the hall's: by default the longest wait,
//     where a class may count as having come earlier than it did (HeadStart). The head start is fixed, so nobody starves.
//  3. Equal waits go by place, then by the order in which the window names its queues.
//  4. Who comes back after a miss lets the agreed number of others of the queue be called first, then is called by the old place. Every call
//     of that queue brings all of them one nearer.
//  5. If nobody else waits for the window, those who came back are called early, the nearest to their turn first.
//  6. Who is in line but cannot be called yet (the paper is being printed) is passed over by Next and Order, and counted by Ahead.
//
// A call that passes over people is counted at each of them, see Pool.Pass.
//
// A line keeps, for those who are due and for each number of calls still to be awaited, one tree per class, ordered by arrival. A tree knows
// its sizes, so calling, coming back and asking how many are ahead cost the logarithm of those who wait.
package order
