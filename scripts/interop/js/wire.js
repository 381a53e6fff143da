// Requests of the normal form: bodies, headers and targets.
'use strict';

exports.body = (request) => (request.body_b64 === undefined ? Buffer.from(request.body ?? '') : Buffer.from(request.body_b64, 'base64'));

exports.header = (request, name) => request.headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);

// Header lines as the object that Node's clients take: one name, its values in order.
exports.grouped = (lines) => {
  const names = new Map();
  const values = {};
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    if (!names.has(lower)) {
      names.set(lower, name);
      values[name] = [];
    }
    values[names.get(lower)].push(value);
  }
  return values;
};

exports.pairs = (query) => (query ?? '').split('&').filter(Boolean).map((part) => {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
});
