// Signs a webhook (Standard Webhooks, v1), with node:crypto alone, and prints it.
const { createHmac } = require('node:crypto');

const secret = 'whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz';
const [host, path] = ['hooks.example.com', '/loyalty'];
const id = 'msg_2ExampleMessage0001'; // the same for every attempt to deliver this message
const body = '{"type":"points.added","data":{"customer":"1234","points":50}}';

const now = Math.floor(process.env.NOW ?? Date.now() / 1000);
const secretBytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
const signature = `v1,${createHmac('sha256', secretBytes).update(`${id}.${now}.${body}`).digest('base64')}`;

console.log(`POST https://${host}${path}
Host: ${host}
Content-Type: application/json
webhook-id: ${id}
webhook-timestamp: ${now}
webhook-signature: ${signature}

${body}`);
