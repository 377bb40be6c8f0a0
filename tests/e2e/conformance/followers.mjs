// Follows a service with the client of graphql-ws or graphql-sse, and prints what it was told.
//   node followers.mjs ws|sse <url> <key> <position that ends it>
import { createClient as sse } from 'graphql-sse';
import { createClient as ws } from 'graphql-ws';
import WebSocket from 'ws';

const [kind, url, key, last] = process.argv.slice(2);
const authorization = `Bearer ${key}`;
const client =
  kind === 'ws'
    ? ws({ url, webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0 })
    : sse({ url, headers: { authorization }, retryAttempts: 0 });

const query = await one('{ viewer { role } }');
const invalid = await one('{ nothing }').catch((error) => error);
const positions = [];
const entries = client.iterate({
  query: 'subscription ($after: Int) { entries(after: $after) { position entries { position } } }',
  variables: { after: 0 },
});
for await (const { data } of entries) {
  positions.push(...data.entries.entries.map(({ position }) => position));
  console.error(data.entries.position);
  if (data.entries.position >= Number(last)) break;
}
await client.dispose();
const codes = (invalid.errors ?? invalid).map(({ extensions }) => extensions.code);
console.log(JSON.stringify({ role: query.data.viewer.role, codes, positions }));

async function one(text) {
  for await (const result of client.iterate({ query: text })) return result;
}
