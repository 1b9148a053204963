import { onBeforeUnmount, ref, shallowReactive, shallowRef } from 'vue'

import { fetchPublicLots, fetchPublicStats } from '../../api/client'
import { problemOf, type ApiProblem } from '../../api/problem'
import { followVacancy, type StreamState } from '../../api/streams'
import type { LotFeature, PublicStats, VacancyEvent } from '../../api/types'
import { atMost, repeat } from '../../time/repeat'

/** All lots of the city, kept up with the stream while the component lives. */
export function useLiveLots() {
  const lots = shallowReactive(new Map<string, LotFeature>())
  // A busy city sends several changes a second; readers redraw on this, not on each change.
  const changes = ref(0)
  const stats = shallowRef<PublicStats | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const loaded = ref(false)
  const stream = ref<StreamState>('connecting')

  const announce = atMost(250, () => {
    changes.value += 1
  })

  async function loadStats(): Promise<void> {
    try {
      stats.value = await fetchPublicStats()
    } catch {
      // The list tells the reader of a platform that cannot be reached; the last numbers stay.
    }
  }
  const refreshStats = atMost(3_000, () => void loadStats())

  async function load(): Promise<void> {
    try {
      const features = await fetchPublicLots()
      const codes = new Set(features.map((feature) => feature.properties.code))
      for (const code of lots.keys()) if (!codes.has(code)) lots.delete(code)
      for (const feature of features) lots.set(feature.properties.code, feature)
      problem.value = null
      loaded.value = true
      changes.value += 1
    } catch (cause) {
      problem.value = problemOf(cause)
    }
    await loadStats()
  }

  function take(event: VacancyEvent): void {
    const known = lots.get(event.code)
    if (!known) return
    lots.set(event.code, { ...known, properties: { ...known.properties, ...event } })
    announce()
    refreshStats()
  }

  const reload = atMost(1_000, () => void load())
  const stop = followVacancy({
    vacancy: take,
    lotsChanged: reload,
    state(state) {
      stream.value = state
    },
  })
  onBeforeUnmount(stop)
  repeat(60_000, () => void loadStats())
  void load()

  return { lots, changes, stats, problem, loaded, stream, load }
}
