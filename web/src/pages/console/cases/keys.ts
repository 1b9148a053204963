import { onBeforeUnmount, onMounted } from 'vue'

/** The keys of the triage list, in the order in which the help names them. */
export const triageKeys = ['j', 'k', 'x', 'a', 'e', 'p', 'd', 'c', 'Enter', 'Escape', '?'] as const
export type TriageKey = (typeof triageKeys)[number]

/** A key is for the list unless it is typed into something, goes with another, or a dialog is open. */
export function triageKeyOf({ key, ctrlKey, metaKey, altKey, target }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>): TriageKey | null {
  if (ctrlKey || metaKey || altKey) return null
  const within = target as Element | null
  if (within?.closest('input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]')) return null
  // What has the focus answers to these itself.
  if (key === 'Enter' && within?.closest('a, button, input')) return null
  return triageKeys.find((each) => each === key) ?? null
}

export function useTriageKeys(isOn: () => boolean, press: (key: TriageKey) => void): void {
  function listen(event: KeyboardEvent): void {
    const key = isOn() ? triageKeyOf(event) : null
    if (!key) return
    event.preventDefault()
    press(key)
  }
  onMounted(() => document.addEventListener('keydown', listen))
  onBeforeUnmount(() => document.removeEventListener('keydown', listen))
}
