// A real OpenID provider for the tests: everybody is who they say they are, and in the groups of the list below.
// Arguments: port, address of ingest, files of its certificate and key (PEM), client secret.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import process from 'node:process';
import Provider from 'oidc-provider';

const [port, ingest, certificate, key, secret] = process.argv.slice(2);

/** The groups are said in the ID token, or by UserInfo alone; a nested claim has them, as some providers do. */
const PEOPLE = {
  ada: { preferred_username: 'Ada', tidemark: { groups: ['staff', 'tidemark-admins'] } },
  vera: { preferred_username: 'vera@example.org', tidemark: { groups: ['tidemark-viewers'] } },
  norman: { preferred_username: 'norman', tidemark: { groups: ['staff'] } },
  other: { preferred_username: 'ada', tidemark: { groups: ['tidemark-viewers'] } },
  nameless: { tidemark: { groups: ['tidemark-viewers'] } },
};
const IN_TOKEN = ['ada'];

const issuer = `https://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: 'tidemark', client_secret: secret, redirect_uris: [`${ingest}/login/oidc`] }],
  cookies: { keys: ['a key of the test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/person/${interaction.uid}` },
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['tidemark'] },
  scopes: ['openid', 'profile', 'groups'],
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: (use) => (IN_TOKEN.includes(id) === (use === 'id_token') ? { sub: id, ...PEOPLE[id] } : { sub: id }),
  }),
  // Nobody is asked whether ingest may know this.
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
});
const answer = provider.callback();

/** Asks who is there, and believes it. */
async function person(request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>Provider</title><form method="post"><input name="login" autofocus><button>Log in</button></form>');
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  await provider.interactionFinished(request, response, { login: { accountId: new URLSearchParams(body).get('login') } });
}

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  request.headers.host ??= `127.0.0.1:${port}`; // this runtime leaves it out of requests by HTTP/2
  (request.url.startsWith('/person/') ? person : answer)(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
