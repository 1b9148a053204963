/** An entry of a list, with those right behind it that say the same. */
export interface Group<Item> {
  first: Item
  same: Item[]
}

/** Entries that say the same one after the other are one entry: a fault that repeats must not drown the rest. */
export function grouped<Item>(items: readonly Item[], says: (item: Item) => string): Group<Item>[] {
  const groups: Group<Item>[] = []
  for (const item of items) {
    const last = groups.at(-1)
    if (last && says(last.first) === says(item)) last.same.push(item)
    else groups.push({ first: item, same: [] })
  }
  return groups
}
