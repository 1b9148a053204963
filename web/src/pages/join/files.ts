/** The platform takes no more and no larger ones. */
export const filesMax = 10
export const fileBytesMax = 10 * 1024 * 1024
export const fileTypes: readonly string[] = ['application/pdf', 'image/jpeg', 'image/png']

export type FileFault = { kind: 'tooBig' | 'wrongType'; name: string } | { kind: 'tooMany'; n: number }

/** Of chosen files those that can be sent beside the ones there are, and what is wrong with the first that cannot. */
export function sortFiles<Chosen extends Pick<File, 'name' | 'size' | 'type'>>(chosen: readonly Chosen[], already: number): { good: Chosen[]; fault: FileFault | null } {
  const good: Chosen[] = []
  let fault: FileFault | null = null
  for (const file of chosen) {
    if (!fileTypes.includes(file.type)) fault ??= { kind: 'wrongType', name: file.name }
    else if (file.size > fileBytesMax) fault ??= { kind: 'tooBig', name: file.name }
    else if (already + good.length >= filesMax) fault ??= { kind: 'tooMany', n: filesMax }
    else good.push(file)
  }
  return { good, fault }
}

export const sizeWords = (bytes: number): string => bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`
