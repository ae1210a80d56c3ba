// Lets functions be called by HTTP as the emulator of the Lambda runtime does: the body is the event, the answer the result, and
// what is thrown is told with status 200 and an errorType.

import { createServer } from 'node:http';

export async function serve(handler, port = 0) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    let result;
    try {
      result = await handler(JSON.parse(Buffer.concat(chunks)));
    } catch (error) {
      result = { errorType: error.name, errorMessage: error.message };
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(result ?? null));
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/2015-03-31/functions/function/invocations`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
