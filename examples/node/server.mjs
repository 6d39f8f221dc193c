// node server.mjs [DIRECTORY] [PORT]
import http from "node:http";

import { handler, open } from "./status.mjs";

const [root = ".", port = "8080"] = process.argv.slice(2);
const platform = await open(root);
const server = http.createServer(handler(platform)).listen(Number(port), () => {
  console.log(`http://localhost:${server.address().port}/applications`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close(() => platform.close()));
