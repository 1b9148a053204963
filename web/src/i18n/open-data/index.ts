import { addMessages } from '..'
import { t as base } from '../city'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(base, zh, en)
