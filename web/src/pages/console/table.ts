export interface TableColumn {
  id: string
  head: string
  /** The platform can sort by it. */
  sorts?: boolean
  /** Numbers stand to the right. */
  right?: boolean
  /** The head is for screen readers only. */
  unseen?: boolean
  /** Cannot be left out. */
  fixed?: boolean
}

export interface TableSort {
  by: string
  order: 'asc' | 'desc'
}
