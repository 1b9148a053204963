import { useMutation, type QueryClient, type QueryKey } from '@tanstack/vue-query'
import { computed, reactive, toRaw } from 'vue'

import { problemOf } from './problem'
import { queryClient } from './queries'

interface Sending<Values, Answer> {
  send: (values: Values) => Promise<Answer>
  /** Where what is sent is put together from other fields: what the platform may name, and the form has a place for. */
  fields?: readonly string[]
  /** What is read anew once it has gone through. */
  changes?: QueryKey[]
  done?: (answer: Answer) => void
}

/**
 * A form that changes something on the platform. What was typed stays whatever comes of sending it; a
 * problem that names fields (RFC 9457's `errors`) is told at each of them, any other above the form.
 */
export function useForm<Values extends object, Answer>(
  initial: Values, { send, fields = [], changes = [], done }: Sending<Values, Answer>, client: QueryClient = queryClient,
) {
  const values = reactive({ ...initial }) as Values
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => send({ ...toRaw(values) }),
    onSuccess: async (answer: Answer) => {
      await Promise.all(changes.map((queryKey) => client.invalidateQueries({ queryKey })))
      done?.(answer)
    },
  }, client)

  const failure = computed(() => (error.value ? problemOf(error.value) : null))
  const isKnown = (field: string): boolean => field in values || fields.includes(field)
  return {
    values,
    busy: isPending,
    /** The last refusal whole, for a form that has words of its own for it. */
    failure,
    /** What is not said at a field. */
    problem: computed(() => {
      const named = Object.keys(failure.value?.fields ?? {})
      return named.length > 0 && named.every(isKnown) ? null : failure.value
    }),
    problemOf: (field: keyof Values & string): string | undefined => failure.value?.fields[field],
    /** What is said of a value that lies deeper: `lots/0/name`. */
    problemAt: (pointer: string): string | undefined => failure.value?.pointers[pointer],
    /** Twice pressed is once sent. */
    submit: (): void => {
      if (!isPending.value) mutate()
    },
  }
}
