import { findingKindValues, reportOutcomeValues, type components, type paths } from './schema'

// The pages name the answers by these words only, so that a rename in the
// platform's description is met here and nowhere else.
type Schemas = components['schemas']
type Query<Path extends keyof paths> =
  paths[Path] extends { get: { parameters: { query?: infer Asked } } } ? NonNullable<Asked> : never

export type SessionsQuery = Query<'/api/v1/lots/{code}/sessions'>
export type FindingsQuery = Query<'/api/v1/findings'>
export type ReportsQuery = Query<'/api/v1/reports'>

export type FindingKind = Schemas['FindingKind']
/** All that there are, in the order of the description. */
export const findingKinds: readonly FindingKind[] = findingKindValues
export type ReportOutcome = Schemas['ReportOutcome']
export const reportOutcomes: readonly ReportOutcome[] = reportOutcomeValues
export type LotKind = Schemas['LotKind']
export type SessionState = Schemas['SessionState']

export type Settings = Schemas['Settings']
export type PublicLot = Schemas['LotProperties']
export type LotFeature = Schemas['Feature']
export type PublicStats = Schemas['PublicStats']
export type VacancyEvent = Schemas['VacancyEvent']
export type ConsoleLot = Schemas['LotItem']
export type Count = Schemas['CountItem']
export type Photo = Schemas['PhotoItem']
export type Session = Schemas['SessionItem']
export type Finding = Schemas['FindingItem']
export type Report = Schemas['ReportItem']
export type ConsoleStats = Schemas['Stats']
export type PassageEvent = Schemas['PassageEvent']
export type PhotoEvent = Schemas['PhotoEvent']

export interface Page<Item> {
  items: Item[]
  next?: string | null
}
