import { pathsApiV1FindingsGetParametersQueryKindValues, type components, type paths } from './schema'

// The pages name the answers by these words only, so that a rename in the
// platform's description is met here and nowhere else.
type Schemas = components['schemas']

/** The description says "string" where the platform only ever says one of a few words. */
type Saying<Told, Words> = Omit<Told, keyof Words> & Words

export type FindingKind = NonNullable<NonNullable<paths['/api/v1/findings']['get']['parameters']['query']>['kind']>
/** All that there are, in the order of the description. */
export const findingKinds: readonly FindingKind[] = pathsApiV1FindingsGetParametersQueryKindValues
export type LotKind = 'off-street' | 'on-street'
export type LotStatus = 'online' | 'stale' | 'closed'
export type Direction = 'entry' | 'exit'

export type Settings = Schemas['Settings']
export type PublicLot = Saying<Schemas['LotProperties'], { kind: LotKind; status: LotStatus }>
export type LotFeature = Saying<Schemas['Feature'], { properties: PublicLot }>
export type PublicStats = Schemas['PublicStats']
export type VacancyEvent = Saying<Schemas['VacancyEvent'], { status: LotStatus }>
export type ConsoleLot = Schemas['LotItem']
export type Count = Schemas['CountItem']
export type Photo = Saying<Schemas['PhotoItem'], { role: Direction }>
export type Session = Saying<Schemas['SessionItem'], { photos: Photo[] }>
export type Finding = Schemas['FindingItem']
export type Report = Schemas['ReportItem']
export type ConsoleStats = Schemas['Stats']
export type PassageEvent = Saying<Schemas['PassageEvent'], { kind: Direction }>
export type PhotoEvent = Saying<Schemas['PhotoEvent'], { role: Direction | null }>

export interface Page<Item> {
  items: Item[]
  next?: string | null
}
