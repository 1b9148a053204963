import type { RouteRecordRaw } from 'vue-router'

import type { Permission } from '../../api/types'
import type { t } from '../../i18n/console'

export interface ConsolePage {
  name: string
  path: string
  /** In the navigation. */
  title: Parameters<typeof t>[0]
  /** Under which heading of the navigation; the overview stands before them all. */
  group?: ConsoleGroup
  /** One of these opens the page. */
  needs: Permission[]
  component: () => Promise<unknown>
}

export const consoleGroups = ['lots', 'supervision', 'connection', 'system'] as const
export type ConsoleGroup = (typeof consoleGroups)[number]

/** The console's pages in the order of the navigation: a folder each, and a line here. */
export const consolePages: ConsolePage[] = [
  {
    name: 'console', path: '', title: 'console.overview', needs: ['stats.read'],
    component: () => import('./overview/ConsoleOverview.vue'),
  },
  {
    name: 'console-lots', path: 'lots', title: 'console.lots', group: 'lots', needs: ['lots.read'],
    component: () => import('./lots/LotsPage.vue'),
  },
  {
    name: 'console-passages', path: 'passages', title: 'console.passages', group: 'lots', needs: ['passages.watch'],
    component: () => import('./passages/PassagesPage.vue'),
  },
  {
    name: 'console-reservations', path: 'reservations', title: 'console.reservations', group: 'lots', needs: ['reservations.read'],
    component: () => import('./reservations/ReservationsPage.vue'),
  },
  {
    name: 'console-charging', path: 'charging', title: 'console.charging', group: 'lots', needs: ['charging.read'],
    component: () => import('./charging/ChargingPage.vue'),
  },
  {
    name: 'console-off-peak', path: 'off-peak', title: 'console.offPeak', group: 'lots', needs: ['off-peak.read'],
    component: () => import('./off-peak/OffPeakPage.vue'),
  },
  {
    name: 'console-cases', path: 'cases', title: 'console.cases', group: 'supervision', needs: ['cases.read'],
    component: () => import('./cases/CasesPage.vue'),
  },
  {
    name: 'console-rates', path: 'rates', title: 'console.rates', group: 'supervision', needs: ['rates.read'],
    component: () => import('./rates/RatesPage.vue'),
  },
  {
    name: 'console-orders', path: 'orders', title: 'console.orders', group: 'supervision', needs: ['cases.read'],
    component: () => import('./orders/OrdersPage.vue'),
  },
  {
    name: 'console-rules', path: 'rules', title: 'console.rules', group: 'supervision', needs: ['cases.read'],
    component: () => import('./rules/RulesPage.vue'),
  },
  {
    name: 'console-reports', path: 'reports', title: 'console.reports', group: 'supervision', needs: ['rates.read'],
    component: () => import('./reports/ReportsPage.vue'),
  },
  {
    name: 'console-findings', path: 'findings', title: 'console.findings', group: 'supervision', needs: ['findings.read'],
    component: () => import('./findings/FindingsPage.vue'),
  },
  {
    name: 'console-providers', path: 'providers', title: 'console.providers', group: 'connection', needs: ['providers.read'],
    component: () => import('./providers/ProvidersPage.vue'),
  },
  {
    name: 'console-registrations', path: 'registrations', title: 'console.registrations', group: 'connection', needs: ['registrations.read'],
    component: () => import('./registrations/RegistrationsPage.vue'),
  },
  {
    name: 'console-businesses', path: 'businesses', title: 'console.businesses', group: 'connection', needs: ['businesses.read'],
    component: () => import('./businesses/BusinessesPage.vue'),
  },
  {
    name: 'console-messages', path: 'messages', title: 'console.messages', group: 'connection', needs: ['messages.read'],
    component: () => import('./messages/MessagesPage.vue'),
  },
  {
    name: 'console-people', path: 'people', title: 'console.people', group: 'system', needs: ['users.read'],
    component: () => import('./people/PeoplePage.vue'),
  },
  {
    name: 'console-tokens', path: 'tokens', title: 'console.tokens', group: 'system', needs: ['tokens.change'],
    component: () => import('./tokens/TokensPage.vue'),
  },
  {
    name: 'console-audit', path: 'audit', title: 'console.audit', group: 'system', needs: ['audit.read'],
    component: () => import('./audit/AuditPage.vue'),
  },
  {
    name: 'console-exports', path: 'exports', title: 'console.exports', group: 'system', needs: ['exports.make', 'exports.approve'],
    component: () => import('./exports/ExportsPage.vue'),
  },
  {
    name: 'console-retention', path: 'retention', title: 'console.retention', group: 'system', needs: ['holds.read'],
    component: () => import('./retention/RetentionPage.vue'),
  },
  {
    name: 'console-jobs', path: 'jobs', title: 'console.jobs', group: 'system', needs: ['jobs.read'],
    component: () => import('./jobs/JobsPage.vue'),
  },
  {
    name: 'console-system', path: 'system', title: 'console.system', group: 'system', needs: ['system.read'],
    component: () => import('./system/SystemPage.vue'),
  },
]

/** Pages of one's own, which stand in no navigation. */
const ownPages: RouteRecordRaw[] = [
  {
    path: 'lots/:code', name: 'console-lot', component: () => import('./lot/LotPage.vue'), props: true,
    meta: { needs: ['lots.read'] },
  },
  {
    path: 'reservations/:code', name: 'console-reservation', component: () => import('./reservation/ReservationPage.vue'), props: true,
    meta: { needs: ['reservations.read'] },
  },
  {
    path: 'providers/:code', name: 'console-provider', component: () => import('./provider/ProviderPage.vue'), props: true,
    meta: { needs: ['providers.read'] },
  },
  {
    path: 'registrations/:id', name: 'console-registration', component: () => import('./registration/RegistrationPage.vue'), props: true,
    meta: { needs: ['registrations.read'] },
  },
  {
    path: 'cases/:id', name: 'console-case', component: () => import('./case/CasePage.vue'), props: true,
    meta: { needs: ['cases.read'] },
  },
  {
    path: 'orders/:id', name: 'console-order', component: () => import('./order/OrderPage.vue'), props: true,
    meta: { needs: ['cases.read'] },
  },
  { path: 'profile', name: 'profile', component: () => import('./profile/ProfilePage.vue') },
]

export const consoleRoutes: RouteRecordRaw[] = [
  { path: '/console/sign-in', name: 'sign-in', component: () => import('./sign-in/SignInPage.vue') },
  { path: '/console/confirmed', name: 'confirmed', component: () => import('./sign-in/ConfirmedPage.vue') },
  { path: '/console/first-password', name: 'first-password', component: () => import('./profile/FirstPassword.vue') },
  { path: '/console/second-factor', name: 'second-factor', component: () => import('./profile/RequiredFactor.vue') },
  {
    path: '/console', component: () => import('./ConsoleLayout.vue'),
    children: [
      ...consolePages.map(({ name, path, component, needs }) => ({ name, path, component, meta: { needs } })),
      ...ownPages,
    ],
  },
]
