// AWS Signature Version 4, written from its documentation and not shared with the SDK, so that both can be wrong apart.

import { createHash, createHmac } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

export const testKeys = { accessKeyId: 'test', secretAccessKey: 'test' };

// "20260131T235959Z"
export const amzDate = (date) => date.toISOString().replace(/[-:]|\.\d{3}/g, '');

const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const canonicalQuery = (query) =>
  Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

function signature({ method, path, query, headers, signedHeaders, body, scope, stamp, keys }) {
  const canonical = [
    method,
    path,
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce(hmac, `AWS4${keys.secretAccessKey}`);
  return createHmac('sha256', key).update(text).digest('hex');
}

// The headers of a signed POST. `headers` have lower-case names; all of them are signed.
export function signHeaders({
  body,
  headers,
  keys = testKeys,
  date = new Date(),
  region = 'us-east-1',
  service = 'dynamodb',
  method = 'POST',
  path = '/',
}) {
  const stamp = amzDate(date);
  const all = { ...headers, 'x-amz-date': stamp };
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signedHeaders = Object.keys(all).sort();
  const value = signature({ method, path, query: {}, headers: all, signedHeaders, body, scope, stamp, keys });
  all.authorization =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${value}`;
  return all;
}

// The query string of a presigned POST that signs only the host and the target.
export function signQuery({ body, headers, keys = testKeys, date = new Date(), region = 'us-east-1', expires = 300 }) {
  const stamp = amzDate(date);
  const scope = `${stamp.slice(0, 8)}/${region}/dynamodb/aws4_request`;
  const signedHeaders = Object.keys(headers).sort();
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
  };
  query['X-Amz-Signature'] = signature({
    method: 'POST', path: '/', query, headers, signedHeaders, body, scope, stamp, keys,
  });
  return canonicalQuery(query);
}
