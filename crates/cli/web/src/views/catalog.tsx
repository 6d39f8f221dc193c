import { useMemo, useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Entity, Model } from "../model";
import { haystack, kindOf, matches, short, tally } from "../model";
import { Choice, Empty, Facts, Filters, Search, Section } from "../parts/controls";
import { useDeferred } from "../parts/deferred";
import { Graph } from "../parts/graph";
import { usePrinting } from "../parts/printing";
import { Rows } from "../parts/rows";
import { Place } from "../parts/source";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { href, replace } from "../routing";

const OWNERSHIP = new Set(["ownedBy", "memberOf", "childOf", "hasMember", "parentOf", "ownerOf"]);

/** Relations both of whose directions are written are drawn once. */
const DRAWN_BACKWARDS = new Set(["ownerOf", "hasMember", "parentOf", "hasPart", "dependencyOf", "apiProvidedBy", "apiConsumedBy"]);

export function CatalogView({ model, item }: ViewProps) {
  const { entities } = model.preview.catalog;
  const [question, setQuestion] = useState("");
  const [owner, setOwner] = useState("");
  const [kind, setKind] = useState("");
  const words = useDeferred(question, 120);
  const printing = usePrinting();
  const types = useMemo(() => tally(entities.flatMap((entity) => entity.relations), (one) => one.type).map(([type]) => type).filter((type) => !DRAWN_BACKWARDS.has(type)), [entities]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set(types.filter((type) => OWNERSHIP.has(type))));
  const relations = useMemo(() => new Set(types.filter((type) => !hidden.has(type))), [types, hidden]);
  const hay = useMemo(() => new Map(entities.map((entity) => [entity.ref, haystack(entity.ref, entity.type, entity.owner)])), [entities]);
  const shown = useMemo(() => entities.filter((entity) =>
    (!kind || entity.kind === kind) && (!owner || entity.owner === owner || entity.ref === owner) && matches(hay.get(entity.ref)!, words.trim())), [entities, kind, owner, words, hay]);
  // Without ownership drawn, its groups and people, and whatever has no relation at all, would only be in the way.
  const drawn = useMemo(() => {
    const ends = new Set<string>();
    for (const entity of shown) {
      for (const { type, target } of entity.relations) {
        if (relations.has(type)) { ends.add(entity.ref); ends.add(target); }
      }
    }
    const linked = shown.filter((entity) => ends.has(entity.ref));
    return linked.length > 0 ? linked : shown;
  }, [shown, relations]);

  if (entities.length === 0) return <Empty title="No entity here">Files with <code>apiVersion: backstage.io/v1alpha1</code> appear here.</Empty>;
  const selected = item === undefined ? undefined : model.entities.get(item);
  const rows = <Dangling model={model} />;
  if (printing) {
    return (
      <>
        {rows}
        <Table label="Entities" rows={entities} id={(entity) => entity.ref} heads={["Entity", "Owner", "Relations"]} cells={(entity) => [
          <code>{entity.ref}</code>, entity.owner ? short(entity.owner) : "", entity.relations.map((one) => `${one.type} ${short(one.target)}`).join(", "),
        ]} />
      </>
    );
  }
  const toggle = (type: string) => {
    const next = new Set(hidden);
    if (!next.delete(type)) next.add(type);
    setHidden(next);
  };
  return (
    <>
      <Filters shown={shown.length} total={entities.length} what="entities">
        <Search label="Search" value={question} onInput={setQuestion} />
        <Choice label="Kind" all="any" value={kind} onChange={setKind} options={tally(entities, (e) => e.kind).map(([name, n]) => [name, `${name} (${n})`])} />
        <Choice label="Owner" all="any" value={owner} onChange={setOwner} options={tally(entities, (e) => e.owner).map(([name, n]) => [name, `${short(name)} (${n})`])} />
      </Filters>
      <div class="split catalog">
        <Rows
          items={shown}
          label="Entities"
          height={44}
          id={(entity) => entity.ref}
          selected={selected?.ref}
          onSelect={(entity) => replace("catalog", entity.ref)}
          empty={<Empty title="No entity matches">Widen the search or the filters.</Empty>}
          row={(entity) => <div class="app-row"><div class="app-name"><b>{short(entity.ref)}</b><span>{entity.kind}{entity.type && `, ${entity.type}`}</span></div>{entity.owner && <span class="quiet">{short(entity.owner)}</span>}</div>}
        />
        <div class="detail flush">
          <fieldset class="toggles"><legend>Relations drawn</legend>
            {types.map((type) => <label key={type}><input type="checkbox" checked={!hidden.has(type)} onChange={() => toggle(type)} />{type}</label>)}
          </fieldset>
          <Graph entities={drawn} relations={relations} selected={selected?.ref} onSelect={(ref) => replace("catalog", ref)} />
          <div class="below" aria-live="polite">{selected ? <Detail key={selected.ref} model={model} entity={selected} /> : <p class="quiet">Choose an entity in the list or the graph.</p>}</div>
        </div>
      </div>
      {rows}
    </>
  );
}

function Dangling({ model }: { model: Model }) {
  const { dangling } = model.preview.catalog;
  if (dangling.length === 0) return null;
  return (
    <Section title="References that lead nowhere" note={String(dangling.length)}>
      <Table label="Dangling references" rows={dangling} id={(one) => one.source + one.field + one.target} heads={["Entity", "Field", "Names", "Perhaps"]} cells={(one) => [
        <a href={href("catalog", one.source)}>{one.source}</a>, <code>{one.field}</code>, <code>{one.target}</code>, one.didYouMean ? <code>{one.didYouMean}</code> : "",
      ]} />
    </Section>
  );
}

function Detail({ model, entity }: { model: Model; entity: Entity }) {
  const incoming = (model.incoming.get(entity.ref) ?? []).filter(({ source }) => !entity.relations.some((one) => one.target === source));
  const wire = model.preview.wiring.find((one) => one.component === entity.ref);
  return (
    <section aria-label={entity.ref}>
      <header class="detail-head"><h3>{short(entity.ref)}</h3><span class="quiet">{entity.kind}{entity.type && `, ${entity.type}`}</span>{wire && <Status word={wire.status} />}</header>
      {wire?.why && <p class="callout">{wire.why}</p>}
      <Facts rows={[
        ["Owner", entity.owner && <a href={href("catalog", entity.owner)}>{short(entity.owner)}</a>],
        ["Applications", wire && wire.applications.length > 0 && wire.applications.map((name, index) => <>{index > 0 && ", "}<a href={href("applications", name)}>{name}</a></>)],
        ["Written at", entity.location && <Place at={entity.location} />],
      ]} />
      <div class="relations">
        <RelationList title="Relations" rows={entity.relations.map((one) => ({ type: one.type, ref: one.target, found: one.found }))} />
        <RelationList title="Named by" rows={incoming.map((one) => ({ type: one.type, ref: one.source, found: true }))} />
      </div>
    </section>
  );
}

function RelationList({ title, rows }: { title: string; rows: { type: string; ref: string; found: boolean }[] }) {
  if (rows.length === 0) return null;
  return (
    <div><h4>{title}</h4>
      <ul class="plain">{rows.slice(0, 60).map((one) => (
        <li key={one.type + one.ref}><span class="quiet">{one.type}</span> {one.found ? <a href={href("catalog", one.ref)}>{short(one.ref)} <span class="quiet">{kindOf(one.ref)}</span></a> : <><code>{one.ref}</code> <Status word="missing" /></>}</li>))}
        {rows.length > 60 && <li class="quiet">and {rows.length - 60} more</li>}
      </ul>
    </div>
  );
}
