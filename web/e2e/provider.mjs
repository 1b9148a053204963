import { createServer } from 'node:http'

import Provider from 'oidc-provider'

/**
 * A real identity provider, certified and with pages of its own, that knows `people`: what each is called by the name they
 * type in. It is another site than the platform, whose address is 127.0.0.1: cookies are sent as between two companies.
 */
export async function startProvider({ client, people }) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://localhost:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{ ...client, grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    cookies: { keys: ['a key for tests'] },
    findAccount: (_, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, preferred_username: people[sub] }) },
    pkce: { required: () => true },
  })
  server.on('request', provider.callback())
  const stop = () => new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return { issuer, stop }
}
