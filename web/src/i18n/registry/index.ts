import { addMessages } from '..'
import { t as city } from '../city'
import { en } from './en'
import { zh } from './zh'

/** What the registry calls things: for whoever registers, and for the office. */
export const t = addMessages(city, zh, en)
