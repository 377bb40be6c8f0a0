// Starts GraphiQL on the service that serves this page, with the documents of the cookbook.
'use strict';

const { createElement: h, useState } = React;
const explorer = GraphiQLPluginExplorer.explorerPlugin();

// GraphiQL would keep tabs in the browser, with the keys in their headers, and read them again. Here
// it remembers as long as the page is open.
const remembered = new Map();
const storage = {
  get length() {
    return remembered.size;
  },
  getItem: (key) => remembered.get(key) ?? null,
  setItem: (key, value) => remembered.set(key, value),
  removeItem: (key) => remembered.delete(key),
  clear: () => remembered.clear(),
};

function fetcher(parameters, { headers } = {}) {
  // The editor parses what is written a while later than somebody may send it.
  const { definitions } = GraphiQL.GraphQL.parse(parameters.query);
  const { operationName } = parameters;
  const asked = definitions.find(
    ({ operation, name }) => operation && (!operationName || name?.value === operationName),
  );
  return asked?.operation === 'subscription' ? follow(parameters, headers) : ask(parameters, headers);
}

async function ask(parameters, headers) {
  const accept = 'application/graphql-response+json, application/json;q=0.9';
  return (await send(parameters, { ...headers, accept })).json();
}

// Server-sent events, of which `next` tells something and `complete` is the last.
async function* follow(parameters, headers) {
  const response = await send(parameters, { ...headers, accept: 'text/event-stream' });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    yield response.json();
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (text + value).split('\n\n');
      text = events.pop();
      for (const event of events) {
        const data = /^data: ?(.+)$/m.exec(event)?.[1];
        if (/^event: ?next$/m.test(event) && data) yield JSON.parse(data);
      }
    }
  } finally {
    await reader.cancel();
  }
}

function send(parameters, headers) {
  return fetch('/graphql', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  });
}

function Page({ cookbook }) {
  const [chosen, choose] = useState(cookbook[0]);
  const options = cookbook.map(({ title }, place) => h('option', { key: title, value: place }, title));
  const select = h(
    'select',
    { id: 'cookbook', onChange: (event) => choose(cookbook[event.target.value]) },
    options,
  );
  return h(
    React.Fragment,
    null,
    h('header', null, h('label', { htmlFor: 'cookbook' }, 'From the cookbook'), select),
    h(GraphiQL, {
      fetcher,
      query: chosen.query,
      variables: chosen.variables,
      plugins: [explorer],
      defaultEditorToolsVisibility: 'headers',
      storage,
    }),
  );
}

fetch('/graphiql/cookbook.json')
  .then((response) => response.json())
  .then((cookbook) => {
    const root = document.getElementById('graphiql');
    ReactDOM.createRoot(root).render(h(Page, { cookbook }));
  });
