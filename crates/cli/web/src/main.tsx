import { render } from "preact";
import { App } from "./app";
import { model, type Data } from "./model";

/** The answer, deflated and in base64. */
async function read(): Promise<Data> {
  const text = document.getElementById("data")?.textContent?.trim() ?? "";
  if (!text) throw new Error("the page holds no answer: it is the template of `lofting preview -o html`");
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text()) as Data;
}

const root = document.getElementById("app")!;
read().then(
  (data) => {
    document.title = `${data.title}: lofting preview`;
    render(<App model={model(data)} />, root);
    document.documentElement.dataset.ready = "true";
  },
  (error: unknown) => {
    render(<p class="noscript" role="alert">The page cannot be read: {String(error instanceof Error ? error.message : error)}</p>, root);
  },
);
