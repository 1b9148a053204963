import type { Like } from '../typed'
import type { zh } from './zh'

export const en: Like<typeof zh> = {
  common: {
    language: '中文',
    languageLabel: 'Switch to Chinese',
    skip: 'Skip to content',
    close: 'Close',
    cancel: 'Cancel',
    loadMore: 'Load more',
    loading: 'Loading…',
    retry: 'Try again',
    none: '—',
  },
  notLoaded: {
    title: 'This part of the page could not be loaded',
    hint: 'The network may be down, or the software has just been upgraded: reload the page.',
    reload: 'Reload',
  },
  plate: {
    none: 'No plate',
  },
  time: {
    minutes: '{n} min',
    hours: '{h} h {m} min',
    days: '{d} d {h} h',
    wait: '{m} min {s} s',
    waitSeconds: '{s} s',
  },
}
