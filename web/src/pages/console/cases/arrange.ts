import type { Case } from '../../../api/supervision'

export const caseGroups = ['lot', 'rule', 'cause'] as const
export type CaseGroupBy = (typeof caseGroups)[number]

export interface CaseGroup {
  /** Empty where nothing is grouped. */
  key: string
  /** One of it, to name it by. */
  first: Case
  cases: Case[]
}

/** The cases by what they have in common, in the order of the list; a child stands below its parent where both are there. */
export function arrange(cases: readonly Case[], by: CaseGroupBy | ''): CaseGroup[] {
  const groups = new Map<string, CaseGroup>()
  for (const each of belowParents(cases)) {
    const key = by ? each[by] ?? '' : ''
    const group = groups.get(key)
    if (group) group.cases.push(each)
    else groups.set(key, { key, first: each, cases: [each] })
  }
  return [...groups.values()]
}

function belowParents(cases: readonly Case[]): Case[] {
  const ids = new Set(cases.map(({ id }) => id))
  const isChild = ({ parent }: Case): boolean => parent !== null && ids.has(parent)
  return cases.filter((each) => !isChild(each))
    .flatMap((each) => [each, ...cases.filter((other) => other.parent === each.id)])
}

/** Whether it is drawn below its parent. */
export const isBelow = (each: Case, group: CaseGroup): boolean => each.parent !== null && group.cases.some(({ id }) => id === each.parent)
