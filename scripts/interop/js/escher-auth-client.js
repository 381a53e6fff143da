// escher-auth, Emarsys's client and server for Node.
'use strict';

const clock = require('./clock');
const wire = require('./wire');
const Escher = require('escher-auth');

exports.NAME = 'escher-auth-js';
exports.SCHEME = 'escher';

const escher = (config, [accessKeyId, apiSecret] = []) => new Escher({
  algoPrefix: config.algo_prefix,
  vendorKey: config.vendor_key,
  hashAlgo: config.hash_algo,
  credentialScope: config.credential_scope,
  authHeaderName: config.auth_header_name,
  dateHeaderName: config.date_header_name,
  clockSkew: config.clock_skew_s,
  accessKeyId,
  apiSecret,
});

exports.sign = (ask) => {
  clock.setTo(ask.at);
  const signer = escher(ask.config, ask.key_db[0]);
  const { request } = ask;
  if (ask.kind === 'presigned' && ask.headers_to_sign) throw new Error('presigns the host alone');
  if (ask.kind === 'presigned') {
    const [url] = signer.preSignUrl(request.url, ask.expires).split('#');
    const [, host, target] = url.match(/^https:\/\/([^/]*)(.*)$/);
    return { ...request, url: target, headers: [['Host', host]] };
  }
  const headers = request.headers.map((line) => [...line]);
  const signed = signer.signRequest({ method: request.method, url: request.url, headers }, wire.body(request), [...ask.headers_to_sign]);
  return { ...request, headers: signed.headers };
};

exports.verify = ({ now, config, key_db: keys, request }) => {
  clock.setTo(now);
  const { method, url } = request;
  const known = new Map(keys);
  const mandatory = config.mandatory_signed_headers && [...config.mandatory_signed_headers];
  escher(config).authenticate({ method, url, headers: request.headers, body: wire.body(request) }, (id) => known.get(id), mandatory);
};
