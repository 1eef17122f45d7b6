// The classes of tickets are the hall's own: their names come with the catalogue.
import { ref } from 'vue'
import { named } from './i18n'
import type { Class } from './types'

/** classes are those of the catalogue that was loaded last. */
export const classes = ref<Class[]>([])

/** className is how a class is called here. One that is not set up any more keeps its id. */
export const className = (id: string): string => named(classes.value.find((c) => c.id === id)) || id

/** evidenceOf is what staff look at before a class counts; empty: nothing, or the class is not set up any more. */
export const evidenceOf = (id: string): string => (classes.value.find((c) => c.id === id) || {}).evidence || ''

/** claimable are the classes that citizens may ask for at a kiosk. */
export const claimable = (all: Class[]): Class[] => all.filter((c) => c.at_kiosk)
