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

/**
 * By the kind reported, or without one as an ordinary car's. Eight signs are a new-energy
 * plate whatever the report says: many standards know the size of a car and not its plate.
 */
export function plateLook(plate: string | null | undefined, kind: string | null | undefined): PlateLook {
  const known = kind ? looks[kind] : undefined
  if (plate && hasCity(plate) && signs(plate).length === 8) {
    return known === 'yellow' || known === 'yellow-green' ? 'yellow-green' : 'green'
  }
  if (known) return known
  return plate ? 'blue' : 'none'
}

/** Cut as on the metal: province and city, then the rest. A plate that fits no pattern stays whole. */
export function plateParts(plate: string): [head: string, tail: string] {
  const all = signs(plate)
  return hasCity(plate) ? [all.slice(0, 2).join(''), all.slice(2).join('')] : [plate, '']
}

const signs = (plate: string): string[] => [...plate.replace(/[·\s.-]/g, '')]

const hasCity = (plate: string): boolean => /^\p{Script=Han}[A-Z]/u.test(plate)
