import { addMessages } from '..'
import { t as account } from '../account'
import { en } from './en'
import { zh } from './zh'

export const t = addMessages(account, zh, en)
