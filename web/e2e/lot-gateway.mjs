// A small lot system that asks the platform what it is to do, as a gateway behind NAT does, and answers as it is told to.

/** `decide(directive)` says how one is answered: `{ outcome: 'taken' }`, or null for a lot that says nothing. */
export function startLot({ address, token, lot, decide }) {
  const stop = new AbortController()
  const heard = []
  const answered = new Set()
  const headers = { Authorization: `Bearer ${token}` }
  // The server reads its registry again now and then: a token that was just made is known a moment later.
  const knownBy = Date.now() + 15_000

  async function turn() {
    const asked = await fetch(`${address}/gateway/v1/directives?lot=${lot}&wait=5`, { headers, signal: stop.signal })
    if (asked.status === 401 && Date.now() < knownBy) return new Promise((resolve) => setTimeout(resolve, 200))
    if (!asked.ok) throw new Error(`directives: ${asked.status} ${await asked.text()}`)
    const { items } = await asked.json()
    for (const directive of items.filter(({ id }) => !answered.has(id))) {
      heard.push(directive)
      const answer = decide(directive)
      if (!answer) continue
      const told = await fetch(`${address}/gateway/v1/directives/${directive.id}?lot=${lot}`, {
        method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(answer), signal: stop.signal,
      })
      if (!told.ok) throw new Error(`answer: ${told.status} ${await told.text()}`)
      answered.add(directive.id)
    }
    // One that is left without an answer is offered again at once.
    if (items.length > 0) await new Promise((resolve) => setTimeout(resolve, 200))
  }

  const asking = (async () => {
    while (!stop.signal.aborted) await turn()
  })().catch((cause) => {
    if (!stop.signal.aborted) throw cause
  })

  return {
    heard,
    of: (kind) => heard.filter((directive) => directive.kind === kind),
    stop: () => {
      stop.abort()
      return asking
    },
  }
}
