/** Codes of providers as people write them: with commas of either kind, or blanks, between. */
export const partiesIn = (text: string): string[] => text.split(/[\s,，、;；]+/).filter(Boolean)
