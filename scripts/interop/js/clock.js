// A clock that the clients read instead of the machine's: they ask the time themselves.
'use strict';

const Machine = Date;
let second = 0;

globalThis.Date = class extends Machine {
  constructor(...given) {
    super(...(given.length ? given : [second * 1000]));
  }

  static now() {
    return second * 1000;
  }
};

exports.setTo = (at) => { second = at; };
