import type { Export, Permission } from '../../../api/types'

interface Reader {
  login: string | undefined
  may: (permission: Permission) => boolean
}

export type ExportAct = 'decide' | 'own' | 'download'

/** What a reader can do with an export: nobody decides on what they asked for themselves. */
export function actOn({ state, requested_by }: Export, { login, may }: Reader): ExportAct | null {
  if (state === 'ready' && may('exports.make')) return 'download'
  if (state !== 'pending') return null
  if (requested_by === login) return 'own'
  return may('exports.approve') ? 'decide' : null
}
