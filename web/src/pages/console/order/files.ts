import { fileBytesMax } from '../../join/files'

/** The platform takes no others: it looks at their bytes itself. */
export const fileTypes: readonly string[] = ['application/pdf', 'image/jpeg', 'image/png', 'image/webp']

export function faultOf({ size, type }: Pick<File, 'size' | 'type'>): 'wrongType' | 'tooBig' | null {
  if (!fileTypes.includes(type)) return 'wrongType'
  return size > fileBytesMax ? 'tooBig' : null
}
