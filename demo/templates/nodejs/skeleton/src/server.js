import { createServer } from "node:http";

export const answer = (url) => (url === "/healthz" ? "ok" : "${{ values.name }}");

if (process.argv[1] === import.meta.filename) {
  createServer((request, response) => response.end(answer(request.url))).listen(8080);
}
