import { useDeferred } from "../parts/deferred";
import { useMemo, useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Application, Model, Resource } from "../model";
import { haystack, matches, origin, plural, short, tally } from "../model";
import { Choice, Empty, Facts, Filters, Search, Section } from "../parts/controls";
import { Diff } from "../parts/diff";
import { PlanView } from "../parts/plan";
import { usePrinting } from "../parts/printing";
import { Rows } from "../parts/rows";
import { Place } from "../parts/source";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { href, replace } from "../routing";

interface Item { app: Application; hay: string; parent: string | undefined; children: boolean }

/** The tree as a list, each Application with what a search looks at. */
function flatten(model: Model): Item[] {
  const path: string[] = [];
  const apps = model.preview.applications;
  return apps.map((app, index) => {
    path.length = app.depth;
    path[app.depth] = app.name;
    const owner = model.owners.get(app.name);
    return {
      app,
      parent: app.depth ? path[app.depth - 1] : undefined,
      children: (apps[index + 1]?.depth ?? 0) > app.depth,
      hay: haystack(app.name, app.project, app.destination.cluster, app.destination.namespace, owner, ...app.sources.map((s) => s.path)),
    };
  });
}

const options = (pairs: [string, number][], text = (name: string) => name): [string, string][] =>
  pairs.map(([name, n]) => [name, `${text(name)} (${n.toLocaleString("en")})`]);

export function Applications({ model, item }: ViewProps) {
  const items = useMemo(() => flatten(model), [model]);
  const apps = model.preview.applications;
  const [question, setQuestion] = useState("");
  const [sync, setSync] = useState("");
  const [health, setHealth] = useState("");
  const [owner, setOwner] = useState("");
  const [project, setProject] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const asked = useDeferred(question);
  const printing = usePrinting();

  const shown = useMemo(() => {
    const filtering = asked.trim() !== "" || sync || health || owner || project;
    if (filtering) {
      return items.filter(({ app, hay }) =>
        (!sync || app.state.sync === sync) && (!health || app.state.health === health) && (!project || app.project === project) &&
        (!owner || model.owners.get(app.name) === owner) && matches(hay, asked.trim()));
    }
    const hidden = new Set<string>();
    return items.filter(({ app, parent }) => {
      const out = parent !== undefined && (hidden.has(parent) || closed.has(parent));
      if (out) hidden.add(app.name);
      return !out;
    });
  }, [items, asked, sync, health, owner, project, closed, model]);

  if (apps.length === 0) {
    return <Empty title="No Application here">Files with <code>kind: Application</code> or <code>ApplicationSet</code> appear here.</Empty>;
  }
  const selected = item !== undefined ? model.applications.get(item) : shown[0]?.app;
  const toggle = (name: string, open: boolean) => {
    const next = new Set(closed);
    if (open) next.delete(name);
    else next.add(name);
    setClosed(next);
  };
  const list = (
    <Rows
      items={shown}
      label="Applications"
      height={52}
      id={({ app }) => app.name}
      selected={selected?.name}
      onSelect={({ app }) => replace("applications", app.name)}
      level={({ app }) => app.depth + 1}
      expanded={({ app, children }) => (children ? !closed.has(app.name) : undefined)}
      onExpand={({ app }, open) => toggle(app.name, open)}
      empty={<Empty title="No Application matches">Widen the search or the filters.</Empty>}
      row={({ app, children }) => (
        <div class="app-row" style={{ paddingLeft: `${Math.min(app.depth, 8) * 18}px` }}>
          {children
            ? <button type="button" class="twist" tabIndex={-1} aria-label={`${closed.has(app.name) ? "Open" : "Close"} ${app.name}`} onClick={(event) => { event.stopPropagation(); toggle(app.name, closed.has(app.name)); }}>{closed.has(app.name) ? "▸" : "▾"}</button>
            : <span class="twist" aria-hidden="true" />}
          <div class="app-name"><b>{app.name}</b><span>{app.sources[0]?.path}</span></div>
          <div class="app-state"><Status word={app.state.sync} /><Status word={app.state.health} /></div>
        </div>
      )}
    />
  );
  return (
    <>
      <Filters shown={shown.length} total={apps.length} what="Applications">
        <Search label="Search" value={question} onInput={setQuestion} />
        <Choice label="Sync" all="any" value={sync} onChange={setSync} options={options(tally(apps, (a) => a.state.sync))} />
        <Choice label="Health" all="any" value={health} onChange={setHealth} options={options(tally(apps, (a) => a.state.health))} />
        <Choice label="Owner" all="any" value={owner} onChange={setOwner} options={options(tally(apps, (a) => model.owners.get(a.name)), short)} />
        <Choice label="Project" all="any" value={project} onChange={setProject} options={options(tally(apps, (a) => a.project))} />
      </Filters>
      <div class="split">
        {list}
        {printing
          ? <div class="detail">{apps.filter((app) => app.state.sync !== "Synced" || app.state.plan).slice(0, 200).map((app) => <Detail key={app.name} model={model} app={app} />)}</div>
          : <div class="detail" aria-live="polite">{selected ? <Detail key={selected.name} model={model} app={selected} /> : <Empty title="Choose an Application" />}</div>}
      </div>
      <Sets model={model} />
    </>
  );
}

function Sets({ model }: { model: Model }) {
  const sets = model.preview.applicationSets;
  if (sets.length === 0) return null;
  return (
    <Section title="ApplicationSets">
      <Table label="ApplicationSets" rows={sets} id={(set) => set.name} heads={["Name", "Generates", "Where"]} cells={(set) => [
        <b>{set.name}</b>,
        set.error ? <><Status word="error" /> {set.error}</>
          : set.needs.length > 0 ? <><Status word="unknown" /> needs <code>{JSON.stringify(set.needs)}</code></>
          : set.applications.length === 0 ? "nothing"
          : <>{set.applications.slice(0, 20).map((name, index) => <>{index > 0 && ", "}<a href={href("applications", name)}>{name}</a></>)}{set.applications.length > 20 && ` and ${set.applications.length - 20} more`}</>,
        <Place at={set.location} />,
      ]} />
    </Section>
  );
}

function Detail({ model, app }: { model: Model; app: Application }) {
  const { state } = app;
  const component = model.components.get(app.name);
  const owner = model.owners.get(app.name);
  const differing = state.resources.filter((one) => one.status === "OutOfSync");
  return (
    <section aria-label={app.name}>
      <header class="detail-head"><h3>{app.name}</h3><Status word={state.sync} /><Status word={state.health} /></header>
      {state.unknown && <p class="callout"><b>Unknown:</b> {state.unknown}</p>}
      {state.healthMessage && state.health !== "Healthy" && <p class="callout">{state.healthMessage}</p>}
      {state.conditions.map((condition) => <p key={condition} class="callout">{condition}</p>)}
      <Facts rows={[
        ["Project", app.project],
        ["Destination", <>{app.destination.cluster} <code>{app.destination.namespace}</code></>],
        ["Source", app.sources.map((source) => <div key={source.path}><code>{source.path}</code> {source.type}{source.targetRevision && <> at <code>{source.targetRevision}</code></>} <span class="quiet">{source.repoURL}</span></div>)],
        ["Sync policy", app.syncPolicy],
        ["Sync wave", app.wave !== 0 && String(app.wave)],
        ["Made by", app.origin !== "file" && ("application" in app.origin ? <a href={href("applications", app.origin.application)}>{origin(app)}</a> : origin(app))],
        ["Component", component && <a href={href("catalog", component)}>{short(component)}</a>],
        ["Owner", owner && <a href={href("catalog", owner)}>{short(owner)}</a>],
        ["Written at", app.location && <Place at={app.location} />],
      ]} />
      {differing.length > 0 && <Section title="Differences" note={plural(differing.length, "resource")}>{differing.slice(0, 50).map((one) => <Difference key={one.key} one={one} />)}</Section>}
      {state.plan && <Section title="Next sync" note="phases and waves"><PlanView plan={state.plan} /></Section>}
      {!state.unknown && state.sync === "Synced" && <p class="quiet">The cluster is as Git says: a sync would change nothing.</p>}
      {state.resources.length > 0 && (
        <Section title="Resources" note={String(state.resources.length)}>
          <Table label={`Resources of ${app.name}`} rows={state.resources} id={(one) => one.key} limit={30} heads={["Resource", "Sync", "Health"]} cells={(one) => {
            const [word = "", ...rest] = (one.health ?? "").split(": ");
            return [<code>{one.key}</code>, one.status ? <Status word={one.status} /> : "", word && <><Status word={word} /> <span class="quiet">{rest.join(": ")}</span></>];
          }} />
        </Section>
      )}
      {state.history.length > 0 && (
        <Section title="Deployments" note="newest first">
          <Table label={`Deployments of ${app.name}`} rows={state.history} id={(row) => row.deployedAt + row.revision} heads={["When", "Revision", "By"]} cells={(row) => [row.deployedAt, <code>{row.revision.slice(0, 7)}</code>, row.initiatedBy || "automated sync"]} />
        </Section>
      )}
    </section>
  );
}

const value = (one: unknown) => (one === undefined || one === null ? <span class="quiet">absent</span> : <code>{JSON.stringify(one)}</code>);
const pointer = (path: string) => path.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")).join("/");

function Difference({ one }: { one: Resource }) {
  const whole = one.changes.length === 1 && one.changes[0]!.path === "";
  const why = one.requiresPruning ? "not in Git any more" : whole ? one.changes[0]!.cause : plural(one.changes.length, "field");
  return (
    <details class="difference" open>
      <summary><code>{one.key}</code> <span class="quiet">{why}</span></summary>
      {!whole && one.changes.length > 0 && (
        <Table label={`Fields of ${one.key}`} rows={one.changes} limit={20} id={(change) => change.path} heads={["Field", "In the cluster", "As Git says", "Why"]}
          cells={(change) => [<code>{pointer(change.path)}</code>, value(change.before), value(change.after), change.cause]} />
      )}
      {one.diff && <Diff diff={one.diff} label={one.key} />}
    </details>
  );
}
