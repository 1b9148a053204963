// 报表: figures of a day, a week or a month, and the public notices that are made of a month's rates.
import { answerOf, client } from './client'
import type { components, paths } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']

export type Statistics = Schemas['Statistics']
export type StatisticsRow = Statistics['rows'][number]
export type Figures = StatisticsRow['now']
export type OrderFigures = Schemas['OrderFigures']
export type StatisticsQuery = NonNullable<paths['/api/v1/statistics']['get']['parameters']['query']>
export type Notice = Schemas['NoticeItem']
export type NoticeToIssue = Schemas['NoticeToIssue']

export const statisticsGroups = ['city', 'district', 'provider', 'lot'] as const
export type StatisticsGroup = (typeof statisticsGroups)[number]

export const fetchStatistics = (query: StatisticsQuery): Promise<Statistics> => answerOf(client.GET('/api/v1/statistics', { params: { query } }))

/** The same as a workbook. */
export const fetchWorkbook = (query: StatisticsQuery): Promise<Blob> =>
  answerOf<unknown>(client.GET('/api/v1/statistics', { params: { query: { ...query, format: 'xlsx' } }, parseAs: 'blob' })).then((bytes) => bytes as Blob)

/** The same as a page that prints. */
export function printAddress(query: StatisticsQuery): string {
  const named = Object.entries({ ...query, format: 'page' }).flatMap(([name, value]) => value ? [[name, String(value)]] : [])
  return `/api/v1/statistics?${new URLSearchParams(named).toString()}`
}

export const fetchNotices = (): Promise<Page<Notice>> => answerOf(client.GET('/api/v1/notices'))

export const issueNotice = (body: NoticeToIssue): Promise<Notice> =>
  answerOf<unknown>(client.POST('/api/v1/notices', { body: { ...body, draft: false } })).then((notice) => notice as Notice)

/** The draft as a page; nothing is issued. */
export const draftNotice = (body: NoticeToIssue): Promise<Blob> =>
  answerOf<unknown>(client.POST('/api/v1/notices', { body: { ...body, draft: true }, parseAs: 'blob' })).then((page) => page as Blob)

export const noticeAddress = (id: string): string => `/api/v1/notices/${encodeURIComponent(id)}/document`
