import './ui/colours.css'
import './ui/base.css'

import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'

import { queryClient } from './api/queries'
import { takeReservationFromAddress } from './api/reservation-link'
import { takeTokenFromAddress } from './api/token'
import App from './App.vue'
import { createPages } from './router'
import { followTheme } from './ui/theme'

// Before the router looks at the address and keeps what it sees there.
takeTokenFromAddress()
takeReservationFromAddress()
followTheme()
createApp(App).use(VueQueryPlugin, { queryClient }).use(createPages()).mount('#app')
