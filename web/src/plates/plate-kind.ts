// The two-digit plate kinds of GA 36 that are seen at a car park's gate, by the look of the plate.
export type PlateLook = 'blue' | 'yellow' | 'green' | 'yellow-green' | 'white' | 'black' | 'none'

const looks: Record<string, PlateLook> = {
  '01': 'yellow', // large vehicles
  '02': 'blue', // small vehicles
  '03': 'black', // embassies
  '04': 'black', // consulates
  '05': 'black', // vehicles from abroad
  '06': 'black', // foreign nationals' vehicles
  '07': 'yellow', // motorcycles
  '08': 'blue', // light motorcycles
  '13': 'yellow', // farm vehicles
  '15': 'yellow', // trailers
  '16': 'yellow', // driving schools
  '22': 'white', // temporary
  '23': 'white', // police
  '24': 'white', // police motorcycles
  '31': 'white', // armed police
  '32': 'white', // the forces
  '41': 'none',
  '51': 'yellow-green', // large new-energy vehicles
  '52': 'green', // small new-energy vehicles
}

/** By the kind reported; without one by the plate itself, as new-energy plates have one sign more. */
export function plateLook(plate: string | null | undefined, kind: string | null | undefined): PlateLook {
  const known = kind ? looks[kind] : undefined
  if (known) return known
  if (!plate) return 'none'
  return signs(plate).length === 8 ? 'green' : 'blue'
}

/** Cut as on the metal: province and city, then the rest. A plate that fits no pattern stays whole. */
export function plateParts(plate: string): [head: string, tail: string] {
  const all = signs(plate)
  return /^\p{Script=Han}[A-Z]/u.test(plate) ? [all.slice(0, 2).join(''), all.slice(2).join('')] : [plate, '']
}

const signs = (plate: string): string[] => [...plate.replace(/[·\s.-]/g, '')]
