import { addMessages } from '..'
import { t as city } from '../city'
import { en } from './en'
import { zh } from './zh'

/** Reservations, for the driver and for the office. */
export const t = addMessages(city, zh, en)
