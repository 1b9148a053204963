/** The words of one dictionary: by namespace, then by name. */
export type Messages = Record<string, Record<string, string>>

/** The same words in another language: none may be missing, and none be too many. */
export type Like<Zh extends Messages> = { [Namespace in keyof Zh]: { [Name in keyof Zh[Namespace]]: string } }

export type KeyOf<Zh extends Messages> = {
  [Namespace in keyof Zh & string]: `${Namespace}.${keyof Zh[Namespace] & string}`
}[keyof Zh & string]

export type Named = Record<string, string | number>

/** Takes only the keys of its dictionaries, so that a missing word fails the type check. */
export type Translate<Key extends string> = (key: Key, named?: Named) => string
