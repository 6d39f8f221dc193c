"use strict";
const native = require("./lofting.node");
const names = require("./operations.json");

class LoftingError extends Error {
  constructor({ code, message, location }) {
    super(message);
    this.name = "LoftingError";
    this.code = code;
    if (location) this.location = location;
  }
}

const open = (text) => {
  const answer = JSON.parse(text);
  if (answer.error) throw new LoftingError(answer.error);
  return answer.ok;
};

const write = (request) => JSON.stringify(request === undefined ? {} : request);

const operation = (name) =>
  Object.assign((request) => open(native.call(name, write(request))), {
    async: async (request) => open(await native.callAsync(name, write(request))),
  });

const lofting = {
  LoftingError,
  call: native.call,
  callAsync: native.callAsync,
  operations: () => [...names],
  pins: () => JSON.parse(native.pins()),
};

// `lang.jq` is an operation and the place of `lang.jq.paths`: names come sorted, so the shorter one is there first.
for (const name of names) {
  const parts = name.split(".");
  const last = parts.pop();
  let here = lofting;
  for (const part of parts) here = here[part] ??= {};
  here[last] = Object.assign(operation(name), here[last]);
}

module.exports = lofting;
