import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, ref } from 'vue'

import { lastProblem, publicLotsQuery, publicStatsQuery } from '../../api/queries'
import { followVacancy, type StreamState } from '../../api/streams'
import type { LotFeature, VacancyEvent } from '../../api/types'
import { atMost } from '../../time/repeat'

const none: ReadonlyMap<string, LotFeature> = new Map()

/** All lots of the city, kept up with the stream while the component lives. */
export function useLiveLots() {
  const cache = useQueryClient()
  const query = useQuery(publicLotsQuery)
  const { data: stats, refetch: refetchStats } = useQuery({ ...publicStatsQuery, refetchInterval: 60_000 })
  const stream = ref<StreamState>('connecting')
  const loaded = computed(() => query.data.value !== undefined)
  const heard = new Map<string, VacancyEvent>()

  const refreshStats = atMost(3_000, () => void refetchStats({ cancelRefetch: false }))

  // A busy city sends several changes a second: they are put on the page a few times a second.
  const apply = atMost(250, () => {
    cache.setQueryData(publicLotsQuery.queryKey, (lots) => {
      const changed = new Map(lots)
      for (const [code, event] of heard) {
        const known = changed.get(code)
        if (known) changed.set(code, { ...known, properties: { ...known.properties, ...event } })
      }
      heard.clear()
      return lots && changed
    })
    refreshStats()
  })

  async function load(): Promise<void> {
    await Promise.all([query.refetch(), refetchStats()])
  }

  onBeforeUnmount(
    followVacancy({
      vacancy(event) {
        heard.set(event.code, event)
        apply()
      },
      lotsChanged: atMost(1_000, () => void load()),
      state(state) {
        stream.value = state
      },
    }),
  )

  return { lots: computed(() => query.data.value ?? none), stats, problem: lastProblem(query), loaded, stream, load }
}
