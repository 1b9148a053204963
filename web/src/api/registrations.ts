// A business asks to be connected: its own side, by a link's secret, and the office's.
import { answerOf } from './client'
import { fileBody, office, type Registration, type RegistrationAction, type RegistrationForm, type RegistrationRow, type RegistrationState } from './office'
import type { Page } from './types'

/** What a private link carries behind "#", where no server log sees it: `ID.SECRET`. */
export interface RegistrationLink {
  id: string
  secret: string
}

export function linkIn(hash: string): RegistrationLink | null {
  const [, id, secret] = /^#([\w-]+)\.([\w-]+)$/.exec(hash) ?? []
  return id && secret ? { id, secret } : null
}

const path = '/open/v1/registrations/{id}'
const by = ({ id, secret }: RegistrationLink, more: Record<string, string> = {}) => ({
  params: { path: { id, ...more } }, headers: { Authorization: `Bearer ${secret}` },
})

export const register = (body: RegistrationForm): Promise<{ id: string; secret: string; state: RegistrationState }> =>
  answerOf(office.POST<{ id: string; secret: string; state: RegistrationState }>('/open/v1/registrations', { body }))

export const fetchOwnRegistration = (link: RegistrationLink): Promise<Registration> => answerOf(office.GET<Registration>(path, by(link)))

export const changeOwnRegistration = (link: RegistrationLink, body: RegistrationForm): Promise<Registration> =>
  answerOf(office.PATCH<Registration>(path, { ...by(link), body }))

export const withdrawRegistration = (link: RegistrationLink): Promise<unknown> => answerOf(office.DELETE(path, by(link)))

export const sendMessage = (link: RegistrationLink, text: string): Promise<unknown> =>
  answerOf(office.POST(`${path}/messages`, { ...by(link), body: { text } }))

export function addFile(link: RegistrationLink, file: File): Promise<unknown> {
  const { params, headers } = by(link)
  const body = fileBody(file)
  return answerOf(office.POST(`${path}/files`, {
    ...body, params: { ...params, query: { name: file.name } }, headers: { ...headers, ...body.headers },
  }))
}

export const fetchOwnFile = (link: RegistrationLink, file: string): Promise<Blob> =>
  answerOf(office.GET<Blob>(`${path}/files/{file}`, { ...by(link, { file }), parseAs: 'blob' }))

export const removeFile = (link: RegistrationLink, file: string): Promise<unknown> =>
  answerOf(office.DELETE(`${path}/files/{file}`, by(link, { file })))

/** The account's first password, told once. */
export const collectAccount = (link: RegistrationLink): Promise<{ login: string; password: string }> =>
  answerOf(office.POST<{ login: string; password: string }>(`${path}/account`, by(link)))

export interface RegistrationsFilter {
  state?: string
  q?: string
  district?: string
  limit?: number
  cursor?: string
}

export const fetchRegistrations = (query: RegistrationsFilter): Promise<Page<RegistrationRow>> =>
  answerOf(office.GET<Page<RegistrationRow>>('/api/v1/registrations', { params: { query } }))

export const fetchRegistration = (id: string): Promise<Registration> =>
  answerOf(office.GET<Registration>('/api/v1/registrations/{id}', { params: { path: { id } } }))

export const actOnRegistration = (id: string, body: RegistrationAction): Promise<Registration> =>
  answerOf(office.POST<Registration>('/api/v1/registrations/{id}/actions', { params: { path: { id } }, body }))
