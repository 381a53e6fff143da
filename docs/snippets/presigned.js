// Presigns a URL for Antavo's API (Escher), with node:crypto alone, and prints the request that it makes.
const { createHash, createHmac } = require('node:crypto');

const [key, secret] = ['AN1EXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
const [stack, host] = ['st1', 'api.st1.antavo.com'];
const path = '/v1/customers/1234';
const life = 3600; // seconds, a week at most

const now = Number(process.env.NOW ?? Date.now() / 1000);
const date = new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
const scope = `${date.slice(0, 8)}/${stack}/api/antavo_request`;
const pairs = {
  fields: 'name,tier',
  'X-Antavo-Algorithm': 'ANTAVO-HMAC-SHA256',
  'X-Antavo-Credentials': `${key}/${scope}`,
  'X-Antavo-Date': date,
  'X-Antavo-Expires': String(life),
  'X-Antavo-SignedHeaders': 'host',
};
const encode = (text) => encodeURIComponent(text).replace(/['()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const encoded = Object.entries(pairs).map((pair) => pair.map(encode).join('='));

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

const query = [...encoded].sort().join('&');
const canonical = ['GET', path, query, `host:${host}`, '', 'host', sha256('UNSIGNED-PAYLOAD')].join('\n');
const toSign = ['ANTAVO-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
const signingKey = scope.split('/').reduce(hmac, `ANTAVO${secret}`);
const signature = hmac(signingKey, toSign).toString('hex');

console.log(`GET https://${host}${path}?${encoded.join('&')}&X-Antavo-Signature=${signature}
Host: ${host}
`);
