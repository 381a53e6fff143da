// standardwebhooks for JavaScript.
'use strict';

const clock = require('./clock');
const wire = require('./wire');
const { Webhook } = require('standardwebhooks');

exports.NAME = 'standardwebhooks-js';
exports.SCHEME = 'standard_webhooks';

exports.sign = (ask) => {
  const signature = new Webhook(ask.secret).sign(ask.message, new Date(ask.at * 1000), ask.request.body);
  const values = { id: ask.message, timestamp: String(ask.at), signature: ask.beside + signature + ask.behind };
  return { ...ask.request, headers: [...ask.request.headers, ...Object.entries(values).map(([name, value]) => [ask.names + name, value])] };
};

exports.verify = ({ now, secret, request }) => {
  clock.setTo(now);
  new Webhook(secret).verify(wire.body(request), Object.fromEntries(request.headers), { jsonParse: false });
};
