import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/**
 * A filter that the page's address holds, so that a link is the same view for a colleague: empty where it is
 * left out, or is none of the words that it may be.
 */
export function useFilter<Word extends string = string>(name: string, words?: readonly Word[]): WritableComputedRef<Word | ''> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => filterOf(route.query[name], words),
    set: (value) => void router.replace({ query: { ...route.query, [name]: value || undefined }, hash: route.hash }),
  })
}

export function filterOf<Word extends string>(value: unknown, words?: readonly Word[]): Word | '' {
  const isKnown = typeof value === 'string' && (!words || words.some((word) => word === value))
  return isKnown ? value as Word : ''
}
