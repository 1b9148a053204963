import type { Permission } from '../../api/types'
import { consoleGroups, consolePages, type ConsoleGroup, type ConsolePage } from './routes'

type May = (permission: Permission) => boolean

export interface Heading {
  group?: ConsoleGroup
  pages: ConsolePage[]
}

/** The headings with the pages under them that a reader may open; a heading without any is left out. */
export function navigationFor(may: May): Heading[] {
  const open = consolePages.filter(({ needs }) => needs.some(may))
  return [undefined, ...consoleGroups]
    .map((group) => ({ group, pages: open.filter((page) => page.group === group) }))
    .filter(({ pages }) => pages.length > 0)
}

/** Where the console begins for a reader: administrators have no overview. */
export const homeOf = (may: May): string => navigationFor(may)[0]?.pages[0]?.name ?? 'profile'
