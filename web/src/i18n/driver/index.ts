import { addMessages } from '..'
import { t as city } from '../city'
import { en } from './en'
import { zh } from './zh'

/** What a driver reads on the map and at a lot's page. */
export const t = addMessages(city, zh, en)
