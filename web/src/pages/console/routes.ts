import type { RouteRecordRaw } from 'vue-router'

import type { t } from '../../i18n/console'

export interface ConsolePage {
  name: string
  path: string
  /** In the navigation. */
  title: Parameters<typeof t>[0]
  component: () => Promise<unknown>
}

/** The console's pages in the order of the navigation: a folder each, and a line here. */
export const consolePages: ConsolePage[] = [
  { name: 'console', path: '', title: 'console.overview', component: () => import('./overview/ConsoleOverview.vue') },
]

export const consoleRoute: RouteRecordRaw = {
  path: '/console',
  component: () => import('./ConsoleLayout.vue'),
  children: consolePages.map(({ name, path, component }) => ({ name, path, component })),
}
