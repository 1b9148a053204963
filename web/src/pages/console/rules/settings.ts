export interface Setting {
  name: string
  value: string
}

export interface SettingsGroup {
  name: string
  settings: Setting[]
}

type Nested = Record<string, unknown>
const isNested = (value: unknown): value is Nested => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every setting under the table of the file that it stands in; what lies deeper by its path. Empty tables are left out. */
export const settingsOf = (all: Nested): SettingsGroup[] => Object.entries(all)
  .map(([name, value]) => ({ name, settings: isNested(value) ? flat(value) : [{ name: '', value: shown(value) }] }))
  .filter(({ settings }) => settings.length > 0)

const flat = (table: Nested, path = ''): Setting[] => Object.entries(table).flatMap(([name, value]) =>
  isNested(value) ? flat(value, `${path}${name}.`) : [{ name: path + name, value: shown(value) }])

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(', ')
  return value === null || value === undefined ? '' : String(value as string | number | boolean)
}
