import { useMemo, useState } from "preact/hooks";
import type { ViewProps } from "../app";
import { haystack, matches, short, tally } from "../model";
import { Choice, Filters, Search } from "../parts/controls";
import { useDeferred } from "../parts/deferred";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { href } from "../routing";

const list = (names: string[], link?: (name: string) => string) =>
  names.length === 0 ? <span class="quiet">none</span> : <ul class="plain">{names.map((name) => <li key={name}>{link ? <a href={link(name)}>{name}</a> : <code>{name}</code>}</li>)}</ul>;

/** Component, Application, workloads and repository, row by row. */
export function Wiring({ model }: ViewProps) {
  const [question, setQuestion] = useState("");
  const [status, setStatus] = useState("");
  const [owner, setOwner] = useState("");
  const words = useDeferred(question);
  const all = model.preview.wiring;
  const ownerOf = (component: string) => model.entities.get(component)?.owner;
  const shown = useMemo(() => all.filter((wire) =>
    (!status || wire.status === status) && (!owner || ownerOf(wire.component) === owner) &&
    matches(haystack(wire.component, ...wire.applications, ...wire.workloads, wire.repository), words.trim())), [all, status, owner, words, model]);
  return (
    <>
      <p class="lead">Which Applications and workloads belong to which Component, and what is missing for the portal to know it.</p>
      <Filters shown={shown.length} total={all.length} what="Components">
        <Search label="Search" value={question} onInput={setQuestion} />
        <Choice label="State" all="any" value={status} onChange={setStatus} options={tally(all, (wire) => wire.status).map(([word, n]) => [word, `${word} (${n})`])} />
        <Choice label="Owner" all="any" value={owner} onChange={setOwner} options={tally(all, (wire) => ownerOf(wire.component)).map(([name, n]) => [name, `${short(name)} (${n})`])} />
      </Filters>
      <Table label="Wiring" rows={shown} id={(wire) => wire.component} heads={["Component", "State", "Applications", "Workloads", "Source"]} cells={(wire) => [
        <a href={href("catalog", wire.component)}><b>{short(wire.component)}</b></a>,
        <><Status word={wire.status} />{wire.why && <p class="why">{wire.why}</p>}</>,
        list(wire.applications, (name) => href("applications", name)),
        list([...new Set(wire.workloads)]),
        wire.repository ? <code>{wire.repository}</code> : "",
      ]} />
    </>
  );
}
