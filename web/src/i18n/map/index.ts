import { addMessages } from '..'
import { t as driver } from '../driver'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(driver, zh, en)
