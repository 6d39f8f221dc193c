// An Application's sync status and health from a platform repository: `GET /applications` and `GET /applications/NAME`.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { Platform } from "lofting";

/** Reads every text of a directory and keeps it, off the main thread. */
export async function open(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter((name) => !name.split(path.sep).includes(".git"))
    .sort();
  const files = [];
  for (const name of names) {
    const bytes = await readFile(path.join(root, name));
    if (!bytes.includes(0)) files.push({ path: name.split(path.sep).join("/"), text: bytes.toString("utf8") });
  }
  return Platform.open({ files });
}

const summary = ({ name, state }) => ({
  name,
  sync: state.sync,
  health: state.health,
  ...(state.unknown && { unknown: state.unknown }),
  outOfSync: state.resources.filter((one) => one.status === "OutOfSync").map((one) => one.key),
  lastDeployed: state.history[0] ?? null,
});

/** A `(request, response)` function over an opened platform. */
export const handler = (platform) => async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(body) + "\n");
  };
  try {
    const [, route, name, ...rest] = new URL(request.url, "http://localhost").pathname.split("/").map(decodeURIComponent);
    if (request.method !== "GET") return answer(405, { error: "only GET is answered" });
    if (route !== "applications" || rest.length > 0) return answer(404, { error: "ask for /applications or /applications/NAME" });
    const { applications } = await platform.preview.async();
    if (!name) return answer(200, applications.map(summary));
    const found = applications.find((application) => application.name === name);
    if (!found) return answer(404, { error: `there is no Application ${name}` });
    return answer(200, summary(found));
  } catch (error) {
    return answer(error instanceof URIError ? 400 : 500, { error: error.message });
  }
};
