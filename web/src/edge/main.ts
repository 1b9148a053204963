import '../ui/colours.css'
import '../ui/base.css'
import './edge.css'

import { createApp } from 'vue'

import { takeTokenFromAddress } from '../api/token'
import { followTheme } from '../ui/theme'
import EdgeApp from './EdgeApp.vue'

takeTokenFromAddress()
followTheme()
createApp(EdgeApp).mount('#app')
