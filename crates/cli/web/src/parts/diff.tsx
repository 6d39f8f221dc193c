import { useMemo } from "preact/hooks";

interface Side { number: number; text: string; changed: boolean }
type Row = { before?: Side; after?: Side } | { gap: string };

/** The rows of a unified diff, side by side: removed and added lines of one block share rows. */
export function sides(diff: string): Row[] {
  const rows: Row[] = [];
  let [left, right] = [0, 0];
  let removed: Side[] = [];
  let added: Side[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const [before, after] = [removed[i], added[i]];
      rows.push({ ...(before && { before }), ...(after && { after }) });
    }
    [removed, added] = [[], []];
  };
  for (const line of diff.split("\n")) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    const text = line.slice(1);
    if (hunk) {
      flush();
      if (rows.length) rows.push({ gap: "…" });
      [left, right] = [Number(hunk[1]), Number(hunk[2])];
    } else if (line.startsWith("-")) removed.push({ number: left++, text, changed: true });
    else if (line.startsWith("+")) added.push({ number: right++, text, changed: true });
    else if (line.startsWith("\\")) { flush(); rows.push({ gap: text.trim() }); }
    else if (line.startsWith(" ")) {
      flush();
      rows.push({ before: { number: left++, text, changed: false }, after: { number: right++, text, changed: false } });
    }
  }
  flush();
  return rows;
}

function Half({ side, sign }: { side: Side | undefined; sign: string }) {
  if (!side) return <><td class="number" /><td class="none" /></>;
  const tone = side.changed ? (sign === "−" ? "removed" : "added") : "";
  return (
    <>
      <td class={`number ${tone}`}>{side.number}</td>
      <td class={tone}>
        {side.changed && <span class="sign" aria-label={sign === "−" ? "only in the cluster" : "only in Git"}>{sign}</span>}
        <code>{side.text}</code>
      </td>
    </>
  );
}

/** What a sync would change: the cluster on the left, Git on the right. */
export function Diff({ diff, label }: { diff: string; label: string }) {
  const rows = useMemo(() => sides(diff), [diff]);
  return (
    <div class="diff" tabIndex={0} role="region" aria-label={`Differences of ${label}`}>
      <table>
        <colgroup><col class="number-column" /><col /><col class="number-column" /><col /></colgroup>
        <thead><tr><th colSpan={2} scope="col">In the cluster</th><th colSpan={2} scope="col">As Git says</th></tr></thead>
        <tbody>
          {rows.map((row, index) =>
            "gap" in row
              ? <tr key={index} class="gap"><td colSpan={4}>{row.gap}</td></tr>
              : <tr key={index}><Half side={row.before} sign="−" /><Half side={row.after} sign="+" /></tr>)}
        </tbody>
      </table>
    </div>
  );
}
