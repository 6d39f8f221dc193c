// Fills the committed page with an answer, as `lofting preview -o html` does.
import { readFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";

const SLOT = '<script type="text/plain" id="data"></script>';

export async function fill(data) {
  const page = await readFile(new URL("../dist/page.html", import.meta.url), "utf8");
  const text = deflateRawSync(JSON.stringify(data)).toString("base64");
  if (page.split(SLOT).length !== 2) throw new Error("the page must have its slot once");
  return page.replace(SLOT, () => SLOT.replace("></", `>${text}</`));
}
