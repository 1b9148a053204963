import {
  directionValues, exportKindValues, findingKindValues, lotKindValues, lotStatusValues, reportOutcomeValues, roleValues, type components, type paths,
} from './schema'
import type { OfficePermission } from './office'

/** Until the document has them. */
export type SupervisionPermission = 'cases.read' | 'cases.handle' | 'rates.read' | 'maintenance.announce'

// The pages name the answers by these words only, so that a rename in the
// platform's description is met here and nowhere else.
type Schemas = components['schemas']
type Query<Path extends keyof paths> =
  paths[Path] extends { get: { parameters: { query?: infer Asked } } } ? NonNullable<Asked> : never

export type SessionsQuery = Query<'/api/v1/lots/{code}/sessions'>
export type FindingsQuery = Query<'/api/v1/findings'>
export type ReportsQuery = Query<'/api/v1/reports'>
export type AuditQuery = Query<'/api/v1/audit'>

export type FindingKind = Schemas['FindingKind']
/** All that there are, in the order of the description. */
export const findingKinds: readonly FindingKind[] = findingKindValues
export type ReportOutcome = Schemas['ReportOutcome']
export const reportOutcomes: readonly ReportOutcome[] = reportOutcomeValues
export type Role = Schemas['Role']
export const roles: readonly Role[] = roleValues
export type ExportKind = Schemas['ExportKind']
export const exportKinds: readonly ExportKind[] = exportKindValues
export type Permission = Schemas['Permission'] | OfficePermission | SupervisionPermission
export type Direction = Schemas['Direction']
export const directions: readonly Direction[] = directionValues
export type LotStatus = Schemas['LotStatus']
export const lotStatuses: readonly LotStatus[] = lotStatusValues
export type LotKind = Schemas['LotKind']
export const lotKinds: readonly LotKind[] = lotKindValues
export type SessionState = Schemas['SessionState']

export type Settings = Schemas['Settings']
export type PublicLot = Schemas['LotProperties']
export type LotFeature = Schemas['Feature']
export type PublicStats = Schemas['PublicStats']
export type Availability = Schemas['Availability']
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

export type SignIn = Schemas['SignIn']
export type SignedOut = Schemas['SignedOut']
export type SignedIn = Schemas['SignedIn']
export type SignInSession = Schemas['SignInSessionItem']
export type User = Schemas['UserItem']
export type NewUser = Schemas['NewUser']
export type UserChange = Schemas['UserChange']
export type UserChanged = Schemas['UserChanged']
export type ApiToken = Schemas['TokenItem']
export type NewToken = Schemas['NewToken']
export type Reveal = Schemas['RevealRequest']
export type Revealed = Schemas['RevealAnswer']
export type AuditEntry = Schemas['AuditItem']
export type AuditVerification = Schemas['AuditVerification']
export type Export = Schemas['ExportItem']
export type NewExport = Schemas['ExportToMake']
export type JobList = Schemas['JobList']

export interface Page<Item> {
  items: Item[]
  next?: string | null
  total?: number
}
