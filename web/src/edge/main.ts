import '../ui/colours.css'
import '../ui/base.css'
import './edge.css'

import { createApp } from 'vue'

import { takeTokenFromAddress } from '../api/token'
import EdgeApp from './EdgeApp.vue'

takeTokenFromAddress()
createApp(EdgeApp).mount('#app')
