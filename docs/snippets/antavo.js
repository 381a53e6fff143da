// Signs a request as Antavo's API wants it (Escher), with node:crypto alone, and prints it.
const { createHash, createHmac } = require('node:crypto');

const [key, secret] = ['AN1EXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
const [stack, host] = ['st1', 'api.st1.antavo.com'];
const [method, path] = ['POST', '/v1/events'];
const pairs = { source: 'web shop', locale: 'de' };
const body = '{"customer":"1234","action":"point_add"}';

const now = Number(process.env.NOW ?? Date.now() / 1000);
const date = new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
const scope = `${date.slice(0, 8)}/${stack}/api/antavo_request`;
const encode = (text) => encodeURIComponent(text).replace(/['()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const query = Object.entries(pairs).map((pair) => pair.map(encode).join('=')).sort().join('&');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

const canonical = [method, path, query, `date:${date}`, `host:${host}`, '', 'date;host', sha256(body)].join('\n');
const toSign = ['ANTAVO-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
const signingKey = scope.split('/').reduce(hmac, `ANTAVO${secret}`);
const signature = hmac(signingKey, toSign).toString('hex');

console.log(`${method} https://${host}${path}?${query}
Host: ${host}
Date: ${date}
Authorization: ANTAVO-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=date;host, Signature=${signature}
Content-Type: application/json

${body}`);
