import { useState } from "preact/hooks";
import type { Excerpt, Location } from "../model";

/** `file:line:column`, which a click copies: editors and terminals open it. */
export function Place({ at }: { at: Location | undefined }) {
  const [copied, setCopied] = useState(false);
  if (!at) return null;
  const text = `${at.file}:${at.line}:${at.column}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      // Without permission the text is still there to select.
    }
  };
  return (
    <button type="button" class="place" onClick={copy} title="Copy file:line:column">
      <code>{text}</code><span role="status">{copied ? " copied" : ""}</span>
    </button>
  );
}

/** Source lines with the marked place underlined. */
export function Lines({ excerpt, at }: { excerpt: Excerpt | undefined; at: Location }) {
  if (!excerpt) return null;
  const end = at.end && at.end.line === at.line ? at.end.column : Infinity;
  return (
    <pre class="lines" aria-label={`${at.file} from line ${excerpt.first}`}>
      {excerpt.lines.map((line, index) => {
        const number = excerpt.first + index;
        const marked = number === at.line;
        const chars = marked ? [...line] : [];
        const cut = (from: number, to?: number) => chars.slice(from, to).join("");
        return (
          <span key={number} class={marked ? "line marked" : "line"}>
            <span class="number" aria-hidden="true">{number}</span>
            <code>{marked ? <>{cut(0, at.column - 1)}<mark>{cut(at.column - 1, end === Infinity ? undefined : end - 1) || " "}</mark>{end === Infinity ? "" : cut(end - 1)}</> : line}{"\n"}</code>
          </span>
        );
      })}
    </pre>
  );
}
