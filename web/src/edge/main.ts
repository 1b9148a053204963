import '../look/colours.css'
import '../look/base.css'
import './edge.css'

import { createApp } from 'vue'

import { takeTokenFromAddress } from '../api/token'
import EdgeApp from './EdgeApp.vue'

takeTokenFromAddress()
createApp(EdgeApp).mount('#app')
