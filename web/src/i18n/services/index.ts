import { addMessages } from '..'
import { t as rules } from '../rules'
import { en } from './en'
import { zh } from './zh'

/** What the office knows of reservations, charging and off-peak parking. */
export const t = addMessages(rules, zh, en)
