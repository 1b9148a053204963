import type { RouteLocationRaw } from 'vue-router'

/** Where one goes for what needs somebody; a kind that is not known here leads nowhere. */
export function placeOf(kind: string, id: string): RouteLocationRaw | null {
  switch (kind) {
    case 'registration': return { name: 'console-registration', params: { id } }
    case 'handover':
    case 'deadline':
    case 'key-expiring': return { name: 'console-provider', params: { code: id } }
    case 'waiting-lot':
    case 'silent-lot': return { name: 'console-lot', params: { code: id } }
    case 'export': return { name: 'console-exports' }
    case 'case-mine':
    case 'case-new':
    case 'case-open': return { name: 'console-case', params: { id } }
    default: return null
  }
}

/** All of a kind, for when there are more than are named; those of the reader's own by their login. */
export function listOf(kind: string, login?: string): RouteLocationRaw | null {
  switch (kind) {
    case 'registration': return { name: 'console-registrations' }
    case 'waiting-lot': return { name: 'console-lots', query: { state: 'waiting' } }
    case 'silent-lot': return { name: 'console-lots', query: { status: 'stale', sort: 'last_heard_at' } }
    case 'deadline':
    case 'handover':
    case 'key-expiring': return { name: 'console-providers' }
    case 'export': return { name: 'console-exports' }
    case 'case-mine': return { name: 'console-cases', query: { assignee: login } }
    case 'case-new': return { name: 'console-cases', query: { state: 'new' } }
    case 'case-open': return { name: 'console-cases' }
    default: return null
  }
}
