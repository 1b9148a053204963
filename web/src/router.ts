import { createRouter, createWebHistory, type Router } from 'vue-router'

import { keepToken, tokenIn } from './api/token'

export function createPages(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', name: 'map', component: () => import('./pages/map/MapPage.vue') },
      { path: '/lots/:code', name: 'lot', component: () => import('./pages/lot/LotPage.vue'), props: true },
      { path: '/console', name: 'console', component: () => import('./pages/console/ConsoleLayout.vue') },
      { path: '/:path(.*)*', name: 'nowhere', component: () => import('./pages/NotFoundPage.vue') },
    ],
    // Choosing a lot changes the address, but not the page.
    scrollBehavior: (to, from, before) => before ?? (to.path === from.path ? false : { top: 0 }),
  })
  // A link with a token opened in a tab that already shows a page does not load the page anew.
  router.beforeEach((to) => {
    const carried = tokenIn(to.hash)
    if (!carried) return true
    keepToken(carried)
    return { path: to.path, query: to.query, hash: '', replace: true }
  })
  return router
}
