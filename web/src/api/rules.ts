// The rules by which lots are judged: those in force, their versions, and what a draft would change.
import { answerOf, client } from './client'
import { lines } from './ndjson'
import { ApiProblem } from './problem'
import type { components } from './schema'
import type { Page } from './types'

type Schemas = components['schemas']

export type Rules = Schemas['RulesPage']
export type Rule = Schemas['RuleItem']
export type RuleVersion = Schemas['RuleVersionItem']
export type Replayed = Schemas['Replayed'] & Pick<Schemas['ReplayLine'], 'lot_names'>
export type RuleChange = Schemas['RuleChange']
export type ReplayLine = Schemas['ReplayLine']

/** Days that a draft is tried over at most. */
export const replayDaysMax = 92

export const fetchRules = (): Promise<Rules> => answerOf(client.GET('/api/v1/rules'))

export const fetchRuleVersions = (): Promise<Page<RuleVersion>> => answerOf(client.GET('/api/v1/rules/versions'))

export const applyRules = (body: Schemas['RulesToApply']): Promise<RuleVersion> => answerOf(client.POST('/api/v1/rules', { body }))

/** Tries a draft: `hear` is told how far it is, the answer is what would change. Aborting ends it on the platform too. */
export async function replayRules(body: Schemas['RulesToReplay'], hear: (line: ReplayLine) => void, signal: AbortSignal): Promise<Replayed> {
  const stream = await answerOf<unknown>(client.POST('/api/v1/rules/replay', { body, parseAs: 'stream', signal })) as ReadableStream<Uint8Array>
  for await (const line of lines<ReplayLine>(stream)) {
    hear(line)
    if (line.error) throw new ApiProblem(500, line.error, '')
    if (line.result) return { ...line.result, lot_names: line.lot_names }
  }
  throw new ApiProblem(0, '', '')
}
