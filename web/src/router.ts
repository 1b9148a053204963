import { shallowRef } from 'vue'
import { createRouter, createWebHistory, type Router } from 'vue-router'

import { keepReservationToken, reservationPath, reservationTokenIn } from './api/reservation-link'
import { enterToken } from './api/session'
import { tokenIn } from './api/token'
import { admit } from './pages/console/admission'
import { consoleRoutes } from './pages/console/routes'
import { viewOptions, viewOptionsOf } from './view-options'

/** The file of the first page was not to be had: there is nothing else to show. */
export const isWithoutPage = shallowRef(false)

export function createPages(): Router {
  const router = createRouter({
    history: createWebHistory(),
    // Each page is a file of its own, fetched when it is first opened.
    routes: [
      { path: '/', name: 'map', component: () => import('./pages/map/MapPage.vue') },
      { path: '/lots/:code', name: 'lot', component: () => import('./pages/lot/LotPage.vue'), props: true },
      { path: '/about-the-data', name: 'about', component: () => import('./pages/about/AboutPage.vue') },
      { path: '/open-data', name: 'open-data', component: () => import('./pages/open-data/OpenDataPage.vue') },
      { path: '/join', name: 'join', component: () => import('./pages/join/JoinPage.vue') },
      { path: reservationPath, name: 'reservation', component: () => import('./pages/reservation/ReservationPage.vue') },
      ...consoleRoutes,
      { path: '/:path(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
    ],
    // Choosing a lot changes the address, but not the page.
    scrollBehavior: (to, from, before) => before ?? (to.path === from.path ? false : { top: 0 }),
  })
  // A link with a token opened in a tab that already shows a page does not load the page anew.
  router.beforeEach((to) => {
    const carried = tokenIn(to.hash)
    if (!carried) return true
    enterToken(carried)
    return { path: to.path, query: to.query, hash: '', replace: true }
  })
  router.beforeEach((to) => {
    const carried = reservationTokenIn(to.path, to.hash)
    if (!carried) return true
    keepReservationToken(carried)
    return { path: to.path, query: to.query, hash: '', replace: true }
  })
  // `?lang=` and `?theme=` go along from page to page.
  router.beforeEach((to) => {
    const kept = Object.entries(viewOptions).filter(([name, value]) => value && to.query[name] === undefined)
    if (kept.length === 0) return true
    return { path: to.path, query: { ...to.query, ...Object.fromEntries(kept) }, hash: to.hash }
  })
  router.beforeEach(admit)
  // A tab that stays open for days meets a platform that was upgraded: the file of the page is called otherwise by then.
  router.onError((_error, to) => {
    if (router.currentRoute.value.matched.length > 0) location.assign(to.fullPath)
    else isWithoutPage.value = true
  })
  router.afterEach((to) => {
    isWithoutPage.value = false
    Object.assign(viewOptions, viewOptionsOf(to.query))
  })
  return router
}
