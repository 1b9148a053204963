// Accounts, and what only people do: sign in, look at a plate, export, read the audit.
import { answerOf, client } from './client'
import { ApiProblem, problemOf } from './problem'
import { forgetPerson, keepPerson, sessionIsRead } from './session'
import { forgetToken, token } from './token'
import type {
  ApiToken, AuditEntry, AuditQuery, AuditVerification, Export, JobList, NewExport, NewToken, NewUser, Page, Reveal, Revealed, SignedOut, SignIn,
  SignInSession, User, UserChange, UserChanged,
} from './types'

export async function signIn(body: SignIn): Promise<void> {
  forgetToken()
  keepPerson(await answerOf(client.POST('/api/v1/session', { body })))
}

/** The code that the platform still asks for, after the identity provider has said who it is. */
export async function sendOidcCode(code: string): Promise<void> {
  keepPerson(await answerOf(client.POST('/api/v1/session/oidc', { body: { code } })))
}

/** Where a browser goes to sign in by the identity provider, and comes back from to a page of the console. */
export const singleSignOn = (next: string): string => `/api/v1/session/oidc?${new URLSearchParams({ next }).toString()}`

/** Where it goes to show once more who it is. */
export const confirmAtProvider = '/api/v1/session/oidc?confirm=true'

/**
 * Where the platform cannot be asked the cookie stays, so the failure is told. The answer is where to go on to sign out at
 * the identity provider too, or null.
 */
export async function signOut(): Promise<string | null> {
  let elsewhere: string | null = null
  if (token.value !== null) {
    forgetToken()
    return elsewhere
  }
  try {
    elsewhere = (await answerOf<SignedOut | undefined>(client.DELETE('/api/v1/session')))?.end_session ?? null
  } catch (cause) {
    if (problemOf(cause).status !== 401) throw cause
  }
  forgetPerson()
  return elsewhere
}

export async function refreshPerson(): Promise<void> {
  keepPerson(await answerOf(client.GET('/api/v1/me')))
}

let reading: Promise<void> | null = null

/** Learns who is signed in, once; fails where the platform does not say. */
export function readSession(): Promise<void> {
  if (token.value !== null || sessionIsRead.value) return Promise.resolve()
  reading ??= refreshPerson()
    .catch((cause: unknown) => {
      if (!(cause instanceof ApiProblem) || (cause.status !== 401 && cause.status !== 403)) throw cause
      forgetPerson()
    })
    .finally(() => {
      reading = null
    })
  return reading
}

export const confirmPassword = (password: string): Promise<unknown> =>
  answerOf<unknown>(client.POST('/api/v1/me/confirm', { body: { password } }))

export async function changePassword(body: { old: string; new: string }): Promise<void> {
  await answerOf<unknown>(client.POST('/api/v1/me/password', { body }))
  await refreshPerson()
}

export interface TotpSecret {
  secret: string
  uri: string
}

export async function beginTotp(): Promise<TotpSecret> {
  const { secret, uri } = await answerOf(client.POST('/api/v1/me/totp', { body: {} }))
  return { secret: secret ?? '', uri: uri ?? '' }
}

/** The recovery codes, which are told this once. */
export async function finishTotp(code: string): Promise<string[]> {
  const { recovery_codes } = await answerOf(client.POST('/api/v1/me/totp', { body: { code } }))
  return recovery_codes ?? []
}

export async function fetchMySessions(): Promise<SignInSession[]> {
  return (await answerOf(client.GET('/api/v1/me/sessions'))).items
}

export const endMySession = (id: string): Promise<unknown> =>
  answerOf<unknown>(client.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } }))

export async function fetchUsers(): Promise<User[]> {
  return (await answerOf(client.GET('/api/v1/users'))).items
}

export const createUser = (body: NewUser): Promise<{ login: string; password?: string | null }> =>
  answerOf(client.POST('/api/v1/users', { body }))

export const changeUser = (login: string, body: UserChange): Promise<UserChanged> =>
  answerOf(client.PATCH('/api/v1/users/{login}', { params: { path: { login } }, body }))

export async function fetchTokens(): Promise<ApiToken[]> {
  return (await answerOf(client.GET('/api/v1/tokens'))).items
}

export const createToken = (body: NewToken): Promise<{ id: string; token: string }> =>
  answerOf(client.POST('/api/v1/tokens', { body }))

export const revokeToken = (id: string): Promise<unknown> =>
  answerOf<unknown>(client.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))

export const reveal = (body: Reveal): Promise<Revealed> => answerOf(client.POST('/api/v1/reveals', { body }))

export const fetchAudit = (query: AuditQuery): Promise<Page<AuditEntry>> =>
  answerOf(client.GET('/api/v1/audit', { params: { query } }))

export const verifyAudit = (): Promise<AuditVerification> => answerOf(client.POST('/api/v1/audit/verify'))

export async function fetchExports(): Promise<Export[]> {
  return (await answerOf(client.GET('/api/v1/exports'))).items
}

export const createExport = (body: NewExport): Promise<Export> => answerOf(client.POST('/api/v1/exports', { body }))

export const decideExport = (id: string, approve: boolean, reason: string | null): Promise<Export> =>
  answerOf(client.POST('/api/v1/exports/{id}/decision', { params: { path: { id } }, body: { approve, reason } }))

export const fetchExportFile = (id: string): Promise<Blob> =>
  answerOf<unknown>(
    client.GET('/api/v1/exports/{id}/file', { params: { path: { id } }, parseAs: 'blob' }),
  ).then((bytes) => bytes as Blob)

export const fetchJobs = (): Promise<JobList> => answerOf(client.GET('/api/v1/jobs', { params: { query: { limit: 200 } } }))
