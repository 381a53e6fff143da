// @smithy/signature-v4, the signer of AWS's client for JavaScript. AWS's server is not public, so `verify` signs anew
// what a request presents (../sigv4_frame.py reads it) and compares.
'use strict';

const clock = require('./clock');
const wire = require('./wire');
const { Sha256 } = require('@aws-crypto/sha256-js');
const { HttpRequest } = require('@smithy/protocol-http');
const { SignatureV4, getCanonicalHeaders } = require('@smithy/signature-v4');

exports.NAME = 'smithy-js';
exports.SCHEME = 'sigv4';

const signer = (config, [accessKeyId, secretAccessKey]) => new SignatureV4({
  credentials: { accessKeyId, secretAccessKey, sessionToken: config.session_token ?? undefined },
  region: config.region,
  service: config.service,
  sha256: Sha256,
  uriEscapePath: config.double_encode_path,
});

const joined = (lines) => {
  const values = wire.grouped(lines);
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.map((value) => value.trim()).join(',')]));
};

const bag = (pairs) => {
  const query = {};
  for (const [key, value] of pairs) (query[key] ??= []).push(value);
  return query;
};

// The request goes out as the caller spelled it, with what the signer added: lines that were joined for the signer stay
// apart, and a value that it left alone keeps its spacing.
const sent = (ask, given, signed) => {
  const added = Object.entries(signed.headers).filter(([name]) => !(name in given.headers));
  const old = new Set(Object.keys(given.query));
  const auth = Object.entries(signed.query).filter(([name]) => !old.has(name));
  const parts = [...(ask.query ? [ask.query] : []), ...auth.map((pair) => pair.map(encodeURIComponent).join('='))];
  const left = new Set(Object.keys(signed.headers).map((name) => name.toLowerCase()));
  const kept = ask.request.headers.filter(([name]) => left.has(name.toLowerCase()));
  return {
    ...ask.request,
    url: ask.path + (parts.length || ask.query === '' ? `?${parts.join('&')}` : ''),
    headers: [...kept, ['Host', ask.host], ...added],
  };
};

exports.sign = async (ask) => {
  clock.setTo(ask.at);
  const { config } = ask;
  const presign = config.form === 'query';
  const decoded = wire.pairs(ask.query).map((pair) => pair.map(decodeURIComponent));
  const given = new HttpRequest({
    method: ask.request.method,
    protocol: 'https:',
    hostname: ask.host,
    path: ask.path,
    query: bag(decoded),
    headers: { ...joined(ask.request.headers), Host: ask.host },
    body: wire.body(ask.request),
  });
  if (!presign) return sent(ask, given, await signer(config, ask.key_db[0]).sign(given));
  // As AWS's own presigner for S3 does; a header x-amz-* moves into the query.
  if (config.service === 's3') given.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
  const signed = await signer(config, ask.key_db[0]).presign(given, { expiresIn: ask.expires });
  return sent(ask, given, signed);
};

exports.verify = async ({ config, key_db: keys, frame, request }) => {
  const key = keys.find(([id]) => id === frame.key_id);
  const again = signer(config, key);
  const lines = joined(frame.headers);
  const names = new Set(Object.keys(lines));
  const canonicalHeaders = getCanonicalHeaders({ headers: lines }, undefined, names);
  const sha256 = new Sha256();
  sha256.update(wire.body(request));
  const hash = Buffer.from(await sha256.digest()).toString('hex');
  const unsigned = config.service === 's3' && config.form === 'query';
  const payload = lines['x-amz-content-sha256'] ?? (unsigned ? 'UNSIGNED-PAYLOAD' : hash);
  const rebuilt = { method: request.method, path: frame.path, query: bag(frame.pairs), headers: lines };
  const day = frame.timestamp.slice(0, 8);
  const scope = `${day}/${config.region}/${config.service}/aws4_request`;
  const canonical = again.createCanonicalRequest(rebuilt, canonicalHeaders, payload);
  const signingKey = again.getSigningKey({ accessKeyId: key[0], secretAccessKey: key[1] }, config.region, day);
  const signature = await again.getSignature(frame.timestamp, scope, signingKey, canonical);
  if (signature !== frame.signature) throw new Error('signed anew, the signature differs');
};
