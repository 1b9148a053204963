import { addMessages, t as shared } from '..'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(shared, zh, en)
