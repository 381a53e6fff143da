#!/usr/bin/env node
// The JavaScript clients as a filter over JSON lines, as run.py is for Python's.
//
//     NODE_PATH=... node run.js sign | verify
'use strict';

const readline = require('node:readline');
const wire = require('./js/wire');

const names = ['escher-auth', 'smithy', 'http-message-signatures', 'standardwebhooks'];
const clients = Object.fromEntries(names.map((name) => require(`./js/${name}-client`)).map((client) => [client.SCHEME, client]));
const kept = ['scheme', 'kind', 'config', 'key_db', 'key_encoding', 'secret', 'now', 'window'];
const sentence = (error) => `${error.name}: ${error.message}`.slice(0, 200);

const withBody = ({ method, url, headers }, body) => {
  const text = body.toString();
  return { method, url, headers, ...(Buffer.from(text).equals(body) ? { body: text } : { body_b64: body.toString('base64') }) };
};

const sign = async (ask) => {
  const client = clients[ask.scheme];
  const same = kept.filter((key) => key in ask).map((key) => [key, ask[key]]);
  const signed = { name: `${ask.name}/${client.NAME}`, source: client.NAME, ...Object.fromEntries(same) };
  try {
    const request = await client.sign(ask);
    return { ...signed, request: withBody(request, wire.body(ask.request)), mutable: ask.mutable ?? true };
  } catch (error) { // a client may refuse in any way
    return { ...signed, unsigned: sentence(error) };
  }
};

const verify = async (given) => {
  const client = clients[given.scheme];
  const answer = { name: given.name, client: client.NAME };
  try {
    if ('refused' in given) throw new Error(given.refused);
    await client.verify(given);
    return { ...answer, verdict: 'accept', reason: '' };
  } catch (error) {
    return { ...answer, verdict: 'reject', reason: sentence(error) };
  }
};

const main = async (act) => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim()) process.stdout.write(`${JSON.stringify(await act(JSON.parse(line)))}\n`);
  }
};

main({ sign, verify }[process.argv[2]]);
