// Requests below the SDK: every byte and header in the test's hand.

import http from 'node:http';
import https from 'node:https';

import { signHeaders } from './sigv4.mjs';

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, rejectUnauthorized: false }),
};

// One HTTP exchange. Resolves to { status, headers, text, body, socket }; `body` is the parsed JSON if it is JSON.
export function send(server, { method = 'POST', path = '/', headers = {}, body = '', agent } = {}) {
  const url = new URL(server.endpoint);
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const req = request(
      { method, path, headers, host: url.hostname, port: url.port, agent: agent ?? agents[url.protocol] },
      (res) => {
        const chunks = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          let json;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          resolve({ status: res.statusCode, headers: res.headers, bytes, text, body: json, socket: req.socket });
        });
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

const STREAMS = new Set(['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']);
export const isOfStreams = (operation) => STREAMS.has(operation);
export const target = (operation) => `${isOfStreams(operation) ? 'DynamoDBStreams' : 'DynamoDB'}_20120810.${operation}`;

// A signed call. `input` is an object, or the body itself as text or bytes.
export function call(server, operation, input = {}, { headers = {}, agent, ...signing } = {}) {
  const body = typeof input === 'string' || Buffer.isBuffer(input) ? input : JSON.stringify(input);
  const url = new URL(server.endpoint);
  const signed = signHeaders({
    body,
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target(operation),
      ...headers,
    },
    ...signing,
  });
  return send(server, { headers: { ...signed, 'content-length': Buffer.byteLength(body) }, body, agent });
}
