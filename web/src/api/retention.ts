// What is kept for how long, and what a legal hold keeps though its time is over.
import { answerOf, client } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Retention = Schemas['RetentionItem']
export type Hold = Schemas['HoldItem']
export type NewHold = Schemas['HoldToMake']

export async function fetchRetention(): Promise<Retention[]> {
  return (await answerOf(client.GET('/api/v1/retention'))).items
}

export async function fetchHolds(): Promise<Hold[]> {
  return (await answerOf(client.GET('/api/v1/holds'))).items
}

export const makeHold = (body: NewHold): Promise<Hold> => answerOf(client.POST('/api/v1/holds', { body }))

export const liftHold = (id: string, reason: string): Promise<Hold> =>
  answerOf(client.POST('/api/v1/holds/{id}/lift', { params: { path: { id } }, body: { reason } }))
