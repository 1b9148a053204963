import { addMessages } from '..'
import { t as city } from '../city'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(city, zh, en)
