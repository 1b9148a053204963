// Who is let into which page: decided before the page is fetched.
import type { RouteLocationNormalized, RouteLocationRaw } from 'vue-router'

import { readSession } from '../../api/people'
import { isSignedIn, may, person, wasSignedIn } from '../../api/session'
import type { SignedIn } from '../../api/types'
import { homeOf } from './navigation'

type Target = Pick<RouteLocationNormalized, 'name' | 'path' | 'fullPath' | 'query'>

const steps = ['first-password', 'second-factor'] as const

/** What a person has to do before anything else. */
export function firstStep({ must_change_password, totp }: Pick<SignedIn, 'must_change_password' | 'totp'>): (typeof steps)[number] | null {
  if (must_change_password) return 'first-password'
  return totp === 'required' ? 'second-factor' : null
}

/** A path of these pages to go back to; an address of anybody else's is none. */
export const backFrom = (back: unknown): string | null =>
  typeof back === 'string' && /^\/(console|lots)(?![^/?#])/.test(back) && !back.startsWith('/console/sign-in') ? back : null

export async function admit(to: Target): Promise<true | RouteLocationRaw> {
  const isConsole = to.path === '/console' || to.path.startsWith('/console/')
  if (!isConsole) {
    // A lot's page is public and shows more to whoever is signed in; it does not wait for that.
    if (to.name === 'lot' && wasSignedIn()) void readSession().catch(() => undefined)
    return true
  }
  if (to.name === 'sign-in' || to.name === 'confirmed') return true
  // Where the platform does not say who is signed in, the layout tells why.
  if (!await readSession().then(() => true, () => false)) return isStep(to.name) ? { name: 'console' } : true
  if (!isSignedIn.value) return { name: 'sign-in', query: { back: to.fullPath } }
  const step = person.value && firstStep(person.value)
  if (step) return to.name === step ? true : { name: step, query: { back: to.query.back ?? to.fullPath } }
  if (isStep(to.name)) return backFrom(to.query.back) ?? { name: homeOf(may) }
  if (to.name === 'console' && homeOf(may) !== 'console') return { name: homeOf(may) }
  return true
}

const isStep = (name: Target['name']): boolean => steps.some((step) => step === name)
