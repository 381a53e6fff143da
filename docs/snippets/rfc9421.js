// Signs a request by RFC 9421 (hmac-sha256), with node:crypto alone, and prints it.
const { createHash, createHmac } = require('node:crypto');

const [key, secret] = ['demok_Example000000001', 'Example+Secret/For-The-Docs'];
const host = 'api.example.com';
const [method, path, query] = ['POST', '/v1/events', 'locale=de&source=web%20shop'];
const body = '{"customer":"1234","action":"point_add"}';

const now = Math.floor(process.env.NOW ?? Date.now() / 1000);
const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const components = {
  '@method': method,
  '@authority': host,
  '@path': path,
  '@query': `?${query}`,
  'content-digest': digest,
  'content-type': 'application/json',
};
const covered = Object.keys(components).map((name) => `"${name}"`).join(' ');
const parameters = `(${covered});created=${now};keyid="${key}"`;
const lines = Object.entries(components).map(([name, value]) => `"${name}": ${value}`);
const base = [...lines, `"@signature-params": ${parameters}`].join('\n');
const signature = createHmac('sha256', secret).update(base).digest('base64');

console.log(`${method} https://${host}${path}?${query}
Host: ${host}
Content-Type: application/json
Content-Digest: ${digest}
Signature-Input: sig1=${parameters}
Signature: sig1=:${signature}:

${body}`);
