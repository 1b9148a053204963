export const findingKinds = [
  'odd-plate',
  'exit-before-entry',
  'duration-mismatch',
  'remaining-exceeds-total',
  'time-in-future',
  'late-report',
  'photo-too-small',
  'unmatched-exit',
  'amended-report',
  'plate-mismatch',
  'reported-abnormal',
] as const
