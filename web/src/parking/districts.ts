import { language } from '../i18n'
import outlines from './huzhou-districts.json'

export const districts = outlines.features.map((feature) => feature.properties)

/** The city that these are the districts of: what is bounded by its code sees all of them. */
const city = { code: '3305', zh: '湖州市', en: 'Huzhou' }

/** The name of a district or of the city, or the code of what lies outside. */
export function districtName(code: string): string {
  const district = [...districts, city].find((each) => each.code === code)
  if (!district) return code
  return language.value === 'zh' ? district.zh : district.en
}
