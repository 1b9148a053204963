import { addMessages } from '..'
import { t as registry } from '../registry'
import { en } from './en'
import { zh } from './zh'

/** A registration, for the business that asks and for the office that decides. */
export const t = addMessages(registry, zh, en)
