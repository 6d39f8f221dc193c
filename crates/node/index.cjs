"use strict";
const native = require("./lofting.node");
const names = require("./operations.json");
const handles = require("./handles.json");

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

const operation = (name, asked = native) =>
  Object.assign((request) => open(asked.call(name, write(request))), {
    async: async (request) => open(await asked.callAsync(name, write(request))),
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

// What the native side throws on opening is the text of a refusal.
const refusal = (error) => {
  try {
    return new LoftingError(JSON.parse(error.message).error);
  } catch {
    return error;
  }
};

const OPENED = Symbol("opened");

const handle = (name, { kind, methods }) =>
  class {
    static {
      Object.defineProperty(this, "name", { value: name });
    }

    static async open(request) {
      let opened;
      try {
        opened = await native.openAsync(kind, write(request));
      } catch (error) {
        throw refusal(error);
      }
      return new this({ [OPENED]: opened });
    }

    #native;

    constructor(request) {
      try {
        this.#native = request?.[OPENED] ?? new native.Handle(kind, write(request));
      } catch (error) {
        throw refusal(error);
      }
      for (const [method, op] of Object.entries(methods)) {
        Object.defineProperty(this, method, { value: operation(op, this.#native), enumerable: true });
      }
    }

    get closed() {
      return this.#native.closed;
    }

    close() {
      this.#native.close();
    }

    [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
      this.close();
    }
  };

for (const [name, description] of Object.entries(handles)) lofting[name] = handle(name, description);

module.exports = lofting;
