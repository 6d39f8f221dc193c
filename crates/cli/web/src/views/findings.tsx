import { useMemo, useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Diagnostic, Model } from "../model";
import { haystack, matches, tally } from "../model";
import { Choice, Empty, Facts, Filters, Search } from "../parts/controls";
import { useDeferred } from "../parts/deferred";
import { usePrinting } from "../parts/printing";
import { Rows } from "../parts/rows";
import { Lines, Place } from "../parts/source";
import { SEVERITIES, SeverityMark, severityWord } from "../parts/status";
import { replace } from "../routing";

interface Item { one: Diagnostic; id: string; hay: string }

const room = (code: string): string => code.split("-")[0] ?? code;

export function Findings({ model, item }: ViewProps) {
  const all = model.preview.diagnostics;
  const items = useMemo<Item[]>(() => all.map((one, index) => ({
    one, id: `${severityWord(one.severity)}-${index}`, hay: haystack(one.message, one.code, one.location?.file, one.help),
  })), [all]);
  const asked = SEVERITIES.find((severity) => severity === item);
  const [severity, setSeverity] = useState<string>(asked ?? "");
  const [code, setCode] = useState("");
  const [question, setQuestion] = useState("");
  const words = useDeferred(question);
  const printing = usePrinting();
  const shown = useMemo(
    () => items.filter(({ one, hay }) => (!severity || one.severity === severity) && (!code || one.code === code) && matches(hay, words.trim())),
    [items, severity, code, words],
  );
  if (all.length === 0) return <Empty title="Nothing found">Every document that was read is in order.</Empty>;
  const selected = shown.find((one) => one.id === item) ?? shown[0];
  if (printing) return <div>{items.slice(0, 300).map(({ one, id }) => <Finding key={id} model={model} one={one} />)}</div>;
  return (
    <>
      <Filters shown={shown.length} total={all.length} what="findings">
        <Search label="Search" value={question} onInput={setQuestion} />
        <Choice label="Severity" all="any" value={severity} onChange={setSeverity} options={SEVERITIES.filter((s) => all.some((one) => one.severity === s)).map((s) => [s, `${severityWord(s)} (${all.filter((one) => one.severity === s).length})`])} />
        <Choice label="Code" all="any" value={code} onChange={setCode} options={tally(all, (one) => one.code).sort((a, b) => a[0].localeCompare(b[0])).map(([name, n]) => [name, `${name} (${n})`])} />
      </Filters>
      <div class="split">
        <Rows
          items={shown}
          label="Findings"
          height={72}
          id={({ id }) => id}
          selected={selected?.id}
          onSelect={({ id }) => replace("findings", id)}
          empty={<Empty title="No finding matches">Widen the search or the filters.</Empty>}
          row={({ one }) => (
            <div class="finding-row">
              <SeverityMark severity={one.severity} />
              <div><span class="message">{one.message}</span><span class="where">{one.location ? `${one.location.file}:${one.location.line}` : room(one.code)}</span></div>
            </div>
          )}
        />
        <div class="detail" aria-live="polite">{selected ? <Finding model={model} one={selected.one} /> : <Empty title="Choose a finding" />}</div>
      </div>
    </>
  );
}

function Finding({ model, one }: { model: Model; one: Diagnostic }) {
  const at = one.location;
  return (
    <section class="finding" aria-label={one.message}>
      <header class="detail-head"><SeverityMark severity={one.severity} /><h3>{one.message}</h3></header>
      {at && <Lines excerpt={model.excerpts[`${at.file}:${at.line}`]} at={at} />}
      {one.help && <p class="callout"><b>Advice:</b> {one.help}</p>}
      <Facts rows={[
        ["Where", at && <Place at={at} />],
        ["Code", <code>{one.code}</code>],
        ["Pointer", one.path && <code>{one.path}</code>],
        ["More", <code>lofting rule {one.code}</code>],
      ]} />
    </section>
  );
}
