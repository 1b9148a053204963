import { businessColumns, type BusinessColumn, type BusinessMapping } from '../../../api/office'

/** A column of the file holds one thing: what it held before is given up. */
export function assign(mapping: BusinessMapping, column: BusinessColumn, index: number | null): BusinessMapping {
  const others = Object.fromEntries(businessColumns.map((each) => [each, index !== null && mapping[each] === index ? null : mapping[each]])) as BusinessMapping
  return { ...others, [column]: index }
}

/** Without one of these a row cannot be told from another, nor held against who is connected. */
export const canImport = ({ name, credit_code }: BusinessMapping): boolean => name !== null || credit_code !== null

/** What a column of the file is taken for. */
export const meaningOf = (mapping: BusinessMapping, index: number): BusinessColumn | null =>
  businessColumns.find((column) => mapping[column] === index) ?? null
