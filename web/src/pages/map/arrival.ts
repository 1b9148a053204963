/** Roads are longer than the crow's way, by about so much. */
const detour = 1.4
/** Through a city, lights and all: 24 km/h. */
const metresAMinute = 400
/** To the car, and in. */
const startMinutes = 3
/** What may be chosen; the forecast reaches no further. */
export const arrivalChoices = [5, 10, 15, 20, 30, 45, 60, 90, 120] as const

/** Without a place to start from. */
export const usualMinutes = 15

/** In how many minutes somebody so far away arrives, as the nearest choice that is not sooner. */
export function arrivalMinutes(metres: number | null): number {
  if (metres == null) return usualMinutes
  const minutes = startMinutes + (metres * detour) / metresAMinute
  return arrivalChoices.find((choice) => choice >= minutes) ?? 120
}
