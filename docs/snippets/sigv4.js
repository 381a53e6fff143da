// Signs a request with AWS Signature Version 4, with node:crypto alone, and prints it.
const { createHash, createHmac } = require('node:crypto');

const [key, secret] = ['AKIDEXAMPLEKEY000001', 'Example+Secret/For-The-Docs'];
const [region, service, host] = ['eu-central-1', 'execute-api', 'api.example.com'];
const [method, path] = ['POST', '/v1/events']; // without dot segments and `//`
const pairs = { source: 'web shop', locale: 'de' };
const body = '{"customer":"1234","action":"point_add"}';

const now = Number(process.env.NOW ?? Date.now() / 1000);
const date = new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
// Sorted by name, then value: `=` stands after some characters of a name, so the pairs are sorted before they are joined.
const order = ([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1);
const query = Object.entries(pairs).map((pair) => pair.map(encode)).sort(order).map((pair) => pair.join('=')).join('&');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

const headers = { host, 'x-amz-date': date };
const signed = Object.keys(headers).join(';');
const lines = Object.entries(headers).map((line) => line.join(':'));
const canonical = [method, path.split('/').map(encode).join('/'), query, ...lines, '', signed, sha256(body)].join('\n');
const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
const signingKey = scope.split('/').reduce(hmac, `AWS4${secret}`);
const signature = hmac(signingKey, toSign).toString('hex');

console.log(`${method} https://${host}${path}?${query}
Host: ${host}
X-Amz-Date: ${date}
Authorization: AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${signed}, Signature=${signature}
Content-Type: application/json

${body}`);
