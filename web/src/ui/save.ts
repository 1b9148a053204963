/** Gives a file that was read to the reader's computer. */
export function save(bytes: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(bytes)
  link.download = name
  link.click()
  // Some browsers read the bytes a moment after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
