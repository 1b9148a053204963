import type { components } from './schema'

// The pages name the answers by these words only, so that a rename in the
// platform's description is met here and nowhere else.
type Schemas = components['schemas']

export type Settings = Schemas['Settings']
export type LotFeature = Schemas['Feature']
export type PublicLot = Schemas['LotProperties']
export type PublicStats = Schemas['PublicStats']
export type VacancyEvent = Schemas['VacancyEvent']
export type ConsoleLot = Schemas['LotItem']
export type Count = Schemas['CountItem']
export type Session = Schemas['SessionItem']
export type Photo = Schemas['Photo']
export type Finding = Schemas['FindingItem']
export type Report = Schemas['ReportItem']
export type ConsoleStats = Schemas['Stats']
export type PassageEvent = Schemas['PassageEvent']
export type PhotoEvent = Schemas['PhotoEvent']

export type LotKind = PublicLot['kind']
export type LotStatus = PublicLot['status']

export interface Page<Item> {
  items: Item[]
  next: string | null
}
