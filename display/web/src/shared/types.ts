// The hall as the API tells it. Only what the screens use.

export interface Named { id: string; name: string; name_en?: string }
/** Skip is a date on which the hall stays closed; who said so is told to whoever leads the hall, where the day is asked for. */
export interface Skip { date: string; reason: string; at?: string; by?: { role: string; name?: string } }
/** Day is how the hall stands to the day. Without id no day is open. */
export interface Day {
  id?: string; date: string; zone: string; opened_at?: string; closes_at?: string; hours?: { open: string; close: string }[]; stale?: boolean; next_opening_at?: string; skipped?: string
  skipped_dates?: Skip[]
  issue_paused?: boolean; pause_reason?: string; evacuated?: string; evacuated_at?: string; clock: 'trusted' | 'suspect'; clock_ahead_seconds?: number; clock_problem?: string
}
export interface Queue extends Named {
  waiting: number; printing: number; oldest_wait_seconds: number; oldest_since?: string; next_number?: string
  numbers_left: number; issued: number; windows: string[]; wait_low?: number; wait_high?: number; wait_basis?: string
  target_seconds?: number; over_target?: number | boolean
  refused?: string; stopped?: string; refused_until?: string; past_closing?: string; calls_resume_at?: string; unserved?: boolean; long?: boolean
}
/** Kiosk is a kiosk that the set-up lists; locked is why it gives no numbers. */
export interface Kiosk { id: string; name?: string; locked?: string }
export interface HallAnswer { seq: number; queues: Queue[]; kiosks: Kiosk[] }
export interface TicketView { id: string; number: string; queue: string; item?: string; item_name?: string; item_name_en?: string; state: string; class: string; calls: number; since: string; why?: string }
export interface Window {
  id: string; name?: string; state: 'closed' | 'open' | 'paused'; pause?: string; clerk?: string; clerk_en?: string; clerk_id?: string; since?: string; staffed: boolean
  queues: string[]; ticket: TicketView | null; held: TicketView[]; done: number; undo_miss?: string
}
export interface Call { ticket: string; number: string; window: string; queue: string; calls: number; at: string; active: boolean }
export interface Word { code: string; name: string; name_en: string; needs_note?: boolean }
export interface Hall {
  seq: number; service_day: string; day: Day; now: string; build?: string; name: string; name_en?: string
  queues: Queue[]; windows: Window[]; calls: Call[]; outcomes: Word[]; pause_reasons: Word[]; kiosks?: Kiosk[]
}
export interface HallUpdate { seq: number; service_day: string; day: Day; now: string; build?: string; full: boolean; queues: Queue[]; windows: Window[]; calls?: Call[]; kiosks?: Kiosk[] }
export type LiveMessage =
  | { type: 'snapshot'; seq: number; hall: Hall }
  | { type: 'event'; seq: number; at: string; kind: string; data: Record<string, unknown>; hall?: HallUpdate }
export interface Item extends Named { department: string; queue: string; bring: string[]; bring_en?: string[] }
export interface Person extends Named { role: string; department?: string; post?: string; windows: string[] }
export interface Rules { imply_arrival?: boolean; target_seconds?: number; batch_limit?: number }
/** Class is a class of tickets; evidence is what staff look at before it counts. */
export interface Class extends Named { evidence?: string; at_kiosk: boolean }
export interface Catalogue {
  setup?: number; kiosk?: string; classes: Class[]
  departments: Named[]; items: Item[]; queues: Named[]; windows: { id: string; name?: string; queues: string[] }[]; people: Person[]; rules: Rules
}
export interface Ticket {
  id: string; number: string; queue: string; queue_name: string; queue_name_en?: string; class: string; state: string
  item?: string; item_name?: string; item_name_en?: string; outcome?: string
  window?: string; ahead: number; windows: string[]; wait_low?: number; wait_high?: number; wait_basis?: string; print?: string; printer?: string; problem?: string
  claim?: string; why?: string; told_zh?: string; told_en?: string; overtaken?: number
  queued_at?: string; first_called_at?: string; called_at?: string; quantity?: number; past_closing?: string; calls_resume_at?: string
}
/** Printer is what a kiosk knows of its printer; codes: tickets can be followed on a phone. */
export interface Printer { id: string; ready: boolean; code?: string; text?: string; text_en?: string; codes: boolean }
export interface TicketCode { address: string; size: number; path: string }
export interface WindowAnswer { window: Window; ticket: Ticket | null; seq: number }
export interface DayAnswer { seq: number; service_day: string; day: Day }
export interface Fault { device: string; code: string; severity: string; text: string; text_en: string; hint: string; hint_en: string; since: string }
export interface Witness { by: string; at: string }
/** Health is what is known of a device. A state of ok says that no problem is known; only hearing says whether it was ever heard. */
export interface Health { state: string; hearing: string; words: string; words_en: string; witness?: Witness }
export interface Device extends Health { id: string; kind: string; window?: string; last_seen?: string; problems: Fault[] }
export interface Spread { n: number; median_seconds: number; p90_seconds: number; max_seconds: number }
export interface Overview {
  seq: number
  service_day: string; day: Day; now: string; waiting: number; oldest_wait_seconds: number; oldest_queue?: string
  windows_open: number; windows_paused: number; windows_closed: number; called: number; serving: number; issued: number
  queues: Queue[]; windows: Window[]; faults: Fault[]
  figures: Counts | null
}
export interface Counts {
  issued: number; served: number; missed: number; cancelled: number; wait: Spread; service: Spread; target_seconds: number; promised: number
  within_target: number; ratings: number[]; outcomes: { code: string; n: number }[]
}
export interface Part extends Counts { id: string; name?: string; name_en?: string }
export interface DayFigures { day: string; open: boolean; figures: Counts & { by_queue: Part[]; by_department: Part[]; by_item: Part[]; by_clerk: Part[] } }
export interface DayLine { day: string; open: boolean }
export interface VisitEvent { seq: number; at: string; kind: string; by?: { role: string; name?: string; device?: string }; clock?: string; ticket: string; window?: string; fact: Record<string, unknown>; told_zh?: string; told_en?: string }
export interface Visit { visit: string; number: string; events: VisitEvent[] }
export interface TicketRecord {
  id: string; visit: string; number: string; queue: string; item?: string; item_name?: string; item_name_en?: string; class: string; state: string; issued_at: string
  first_called_at?: string; ended_at?: string; window?: string; clerk?: string; outcome?: string; claim?: string; overtaken?: number
}
