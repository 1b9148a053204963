import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'

import { followPassages, type StreamState } from '../../../api/streams'
import type { PassageEvent, PhotoEvent } from '../../../api/types'
import { atMost } from '../../../time/repeat'

export const kept = 200

export interface Passage extends PassageEvent {
  photo: string | null
  /** Tells repeats of one passage apart: a report may be amended and sent again. */
  turn: number
}

/** The newest passages first, no more than a screen's scrolling can use. */
export class PassageLog {
  private turn = 0
  /** Photos with names of their own may be sent before the passage that names them. */
  private early: PhotoEvent[] = []
  passages: Passage[] = []

  add(events: readonly PassageEvent[]): void {
    const fresh = events.map((event) => ({ ...event, photo: this.shownBy(event), turn: ++this.turn }))
    this.passages = [...fresh.reverse(), ...this.passages].slice(0, kept)
  }

  private shownBy({ lot, photo_id }: PassageEvent): string | null {
    if (!photo_id) return null
    return this.early.find((photo) => photo.lot === lot && photo.photo_id === photo_id)?.id ?? null
  }

  /** A photo is sent after its passage, by minutes at times; one whose passage has gone by is let go. */
  attach(photo: PhotoEvent): boolean {
    const at = this.passages.findIndex(({ lot, record_id, kind, photo_id }) => {
      if (lot !== photo.lot) return false
      return photo.photo_id ? photo_id === photo.photo_id : record_id === photo.record_id && kind === photo.role
    })
    const passage = this.passages[at]
    if (!passage && photo.photo_id) this.early = [...this.early, photo].slice(-kept)
    if (!passage) return false
    this.passages = this.passages.with(at, { ...passage, photo: photo.id })
    return true
  }
}

/** Whether a passage is among those asked for: by the lot's code or a part of its name, and by the way it went. */
export function passes({ lot, lot_name, kind }: Passage, asked: { lot?: string; kind?: Passage['kind'] }): boolean {
  const sought = asked.lot?.trim().toLowerCase() ?? ''
  return (!asked.kind || kind === asked.kind) && (!sought || lot.toLowerCase() === sought || lot_name.toLowerCase().includes(sought))
}

/** The console's stream while the component lives; `heard` is called, not too often, when there is news. */
export function usePassages(heard: () => void) {
  const log = new PassageLog()
  const passages = shallowRef<readonly Passage[]>([])
  const stream = ref<StreamState>('connecting')
  const paused = ref(false)
  const waiting = shallowRef<PassageEvent[]>([])
  const late: PhotoEvent[] = []

  // A busy hour brings many passages a second: they are put on the page a few times a second.
  const show = atMost(250, () => {
    if (!paused.value) {
      log.add(waiting.value)
      waiting.value = []
    }
    for (const photo of late.splice(0)) if (!log.attach(photo) && paused.value) late.push(photo)
    passages.value = log.passages
    heard()
  })

  onBeforeUnmount(
    followPassages({
      passage(event) {
        waiting.value = [...waiting.value, event].slice(-kept)
        show()
      },
      photo(event) {
        late.push(event)
        if (late.length > kept) late.shift()
        show()
      },
      state(state) {
        stream.value = state
      },
    }),
  )

  function togglePause(): void {
    paused.value = !paused.value
    show()
  }

  return { passages, stream, paused, waiting: computed(() => waiting.value.length), togglePause }
}
