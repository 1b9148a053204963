import { language } from '../i18n'
import outlines from './huzhou-districts.json'

export const districts = outlines.features.map((feature) => feature.properties)

/** The name of a district, or its code when the lot lies outside the city's own districts. */
export function districtName(code: string): string {
  const district = districts.find((each) => each.code === code)
  if (!district) return code
  return language.value === 'zh' ? district.zh : district.en
}
