// http-message-signatures for Node: RFC 9421 signer and verifier. Content-Digest is left to its callers, so `verify`
// checks that here.
'use strict';

const clock = require('./clock');
const wire = require('./wire');
const crypto = require('node:crypto');
const { createSigner, createVerifier, httpbis } = require('http-message-signatures');

exports.NAME = 'http-message-signatures-js';
exports.SCHEME = 'rfc9421';

const message = (request) => ({ method: request.method, url: request.url, headers: wire.grouped(request.headers) });
const secretOf = (given, text) => Buffer.from(text, given.key_encoding === 'base64' ? 'base64' : 'utf8');
const instant = (second) => (second === null ? undefined : new Date(second * 1000));

exports.sign = async (ask) => {
  const [id, secret] = ask.key_db[0];
  const { alg, expires, nonce, tag } = ask.parameters;
  clock.setTo(ask.at);
  const params = ['created', 'keyid', ...(alg ? ['alg'] : []), ...(expires ? ['expires'] : []), ...(nonce ? ['nonce'] : []), ...(tag ? ['tag'] : [])];
  const signed = await httpbis.signMessage({
    key: createSigner(secretOf(ask, secret), 'hmac-sha256', id),
    name: ask.label,
    fields: ask.components,
    params,
    paramValues: { created: instant(ask.at), expires: instant(expires), nonce, tag },
  }, message(ask.request));
  const added = ['Signature-Input', 'Signature'].map((name) => [name, signed.headers[name]]);
  return { ...ask.request, headers: [...ask.request.headers, ...added] };
};

const checkDigest = (request) => {
  const [value] = wire.header(request, 'content-digest');
  for (const part of value?.split(',') ?? []) {
    const [, name, sum] = part.trim().match(/^(sha-256|sha-512)=:([A-Za-z0-9+/=]*):$/) ?? [];
    if (!name) throw new Error('unreadable Content-Digest');
    const found = crypto.createHash(name.replace('-', '')).update(wire.body(request)).digest('base64');
    if (found !== sum) throw new Error('the body is not what Content-Digest says');
  }
};

exports.verify = async (given) => {
  const { now, config, key_db: keys, request } = given;
  clock.setTo(now);
  const known = new Map(keys);
  const verified = await httpbis.verifyMessage({
    keyLookup: ({ keyid }) => {
      const secret = known.get(keyid);
      if (secret === undefined) return null;
      return { id: keyid, algs: ['hmac-sha256'], verify: createVerifier(secretOf(given, secret), 'hmac-sha256') };
    },
    tolerance: config.clock_skew_s,
    maxAge: config.max_age_s ?? undefined,
    requiredFields: config.required_components,
    requiredParams: ['keyid', ...(config.require_created ? ['created'] : [])],
  }, message(request));
  if (verified !== true) throw new Error(`not verified: ${verified}`);
  checkDigest(request);
};
