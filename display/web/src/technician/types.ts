import type { Fault, Health } from '../shared/types'

// The bench as the API tells it. Only what this screen uses.

export interface Past extends Fault { ended: string }
export interface Device extends Health {
  id: string; kind: string; profile: string; port: string; window?: string; last_seen?: string; last_sent?: string; send_only?: boolean
  problems: Fault[]; model: string; line: string; address?: number; received: number; sent: number; board: boolean; past: Past[]
}
export interface Port { path: string; name?: string; device?: string; devices: string[] }
export interface Ask { name: string; kind: string; label?: string; label_en?: string; needed: boolean; default?: string; min?: number; max?: number; of?: string[] }
export interface Op { name: string; asks: Ask[]; steps?: string[] }
export interface Profile {
  id: string; maker: string; model: string; kind: string; driver: string; proof: string; line: string; own: boolean; caveats: string[]; ops: Op[]; set: Ask[]
}
export interface Piece { at: string; out: boolean; device?: string; hex: string; hidden?: number; said?: string[] }
export interface Step { send?: string; expect?: string; ok: boolean; error?: string; pieces: Piece[] }
export interface Result { ok: boolean; error?: string; answered?: boolean; seen?: string; seen_en?: string; problems: Fault[]; pieces: Piece[]; steps?: Step[]; inputs?: Input[] }
export interface Identified { devices: string[]; away: string[]; until?: string }
export interface Mistake { line: number; column?: number; message: string; message_zh?: string }
export interface Input { key: string; level?: number; digits?: string }
export interface Model { id: string; kind: string; blind: boolean; presses: boolean; address?: Ask; set: Ask[] }
export interface Check { ok: boolean; ids: string[]; models: Model[]; vectors: number; mistakes: Mistake[] }
export interface Used { ids: string[]; file: string; restarted: string[] }
export interface Candidate { profile: string; from: string; frames: number; explained: number; checked: boolean; example: string }
export interface Taught { heard: number; hex: string; candidates: Candidate[] }
export type LineMessage = { type: 'past' | 'pieces'; pieces: Piece[] }
