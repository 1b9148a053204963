/** The platform takes no shorter one; what counts are characters, so that four of Chinese are enough. */
export const reasonCharactersMin = 4

export const isReason = (text: string): boolean => [...text.trim()].length >= reasonCharactersMin
