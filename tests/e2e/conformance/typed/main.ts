// Asks an address for its members with what was generated, and prints what it was told.
//   node main.js <url> <key>
import { graphql } from './generated/index.js';
import type { MembersQuery, TypedDocumentString } from './generated/graphql.js';

const members = graphql(`
  query Members($first: Int!, $after: String) {
    memberships(first: $first, after: $after) {
      nodes { id status tier { key } party { id name } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const setSeats = graphql(`
  mutation SetSeats($input: SetSeatsInput!) {
    setSeats(input: $input) {
      __typename
      ... on SetSeatsAccepted { receipt { position } }
      ... on Rejection { code message }
    }
  }
`);
const [url, key] = process.argv.slice(2) as [string, string];

async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const ids: string[] = [];
let after: string | null | undefined = null;
do {
  const { memberships }: MembersQuery = await ask(members, { first: 2, after });
  ids.push(...memberships.nodes.map(({ id }) => id));
  after = memberships.pageInfo.hasNextPage ? memberships.pageInfo.endCursor : null;
} while (after);
const input = { commandId: crypto.randomUUID(), tier: 'collaborative-partner', seats: 9 };
const first = await ask(setSeats, { input });
const again = await ask(setSeats, { input });
console.log(JSON.stringify({ ids, answers: [first.setSeats, again.setSeats] }));
