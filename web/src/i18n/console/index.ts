import { addMessages } from '..'
import { t as registry } from '../registry'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(registry, zh, en)
