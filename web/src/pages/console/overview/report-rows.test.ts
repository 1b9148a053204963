import { expect, test } from 'vitest'

import type { ReportOutcome } from '../../../api/types'
import { reportRows } from './report-rows'

test('outcomes of one standard share a row, the busiest standard first', () => {
  const rows = reportRows([
    { standard: 'quzhou', outcome: 'refused', count: 1 },
    { standard: 'huzhou', outcome: 'accepted', count: 80 },
    { standard: 'huzhou', outcome: 'repeated', count: 10 },
    { standard: 'huzhou', outcome: 'not known here' as ReportOutcome, count: 1_000 },
    { standard: 'huzhou', outcome: 'refused', count: 10 },
  ])
  expect(rows).toEqual([
    { standard: 'huzhou', accepted: 80, amended: 0, repeated: 10, refused: 10, share: 0.1 },
    { standard: 'quzhou', accepted: 0, amended: 0, repeated: 0, refused: 1, share: 1 },
  ])
})
