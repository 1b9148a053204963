import { defineAsyncComponent, type AsyncComponentLoader, type Component } from 'vue'

import NotLoaded from './NotLoaded.vue'

/** A component in a file of its own, fetched when it is first shown. Where the file is not to be had, its place says so. */
export const later = <C extends Component>(loader: AsyncComponentLoader<C>): C => defineAsyncComponent({ loader, errorComponent: NotLoaded })
