import { useMemo, useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Card, CardApplication, Commit } from "../model";
import { haystack, matches, short, tally } from "../model";
import { Choice, Facts, Filters, Search } from "../parts/controls";
import { useDeferred } from "../parts/deferred";
import { usePrinting } from "../parts/printing";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { href } from "../routing";

const SHOWN = 60;

/** What the portal shows of each Component. */
export function Cards({ model }: ViewProps) {
  const all = model.preview.cards ?? [];
  const [question, setQuestion] = useState("");
  const [owner, setOwner] = useState("");
  const words = useDeferred(question);
  const printing = usePrinting();
  const shown = useMemo(() => all.filter((card) => (!owner || card.owner === owner) &&
    matches(haystack(card.entity, ...card.applications.map((app) => app.name)), words.trim())), [all, owner, words]);
  return (
    <>
      <p class="lead">What the portal shows of each Component, from the snapshot of the cluster.</p>
      <Filters shown={shown.length} total={all.length} what={all.length === 1 ? "Component" : "Components"}>
        <Search label="Search" value={question} onInput={setQuestion} />
        <Choice label="Owner" all="any" value={owner} onChange={setOwner} options={tally(all, (card) => card.owner).map(([name, n]) => [name, `${short(name)} (${n})`])} />
      </Filters>
      {shown.slice(0, printing ? undefined : SHOWN).map((card) => <StatusCard key={card.entity} card={card} />)}
      {!printing && shown.length > SHOWN && <p class="quiet">{shown.length - SHOWN} more: narrow the search to see them.</p>}
    </>
  );
}

const subject = (commit: Commit | undefined) => commit && <>{commit.message.split("\n")[0]} <span class="quiet">{commit.author}</span></>;

export function StatusCard({ card }: { card: Card }) {
  return (
    <section class="template" aria-label={card.entity}>
      <header class="detail-head"><h3><a href={href("catalog", card.entity)}>{short(card.entity)}</a></h3>{card.owner && <span class="quiet">{short(card.owner)}</span>}</header>
      {card.error && <p class="callout">{card.error}</p>}
      {card.applications.map((app) => <CardRow key={app.name + (app.instance ?? "")} app={app} />)}
      {card.missing.length > 0 && <><h4 class="missing">Missing</h4><ul class="notes">{card.missing.map((one) => <li key={one}>{one}</li>)}</ul></>}
    </section>
  );
}

function CardRow({ app }: { app: CardApplication }) {
  return (
    <div class="card-row">
      <p class="detail-head"><b><a href={href("applications", app.name)}>{app.name}</a></b><Status word={app.sync} /><Status word={app.health} />{app.operation && <Status word={app.operation} title={app.operationMessage} />}</p>
      <Facts rows={[
        ["Message", app.healthMessage],
        ["Revision", app.revision && <><code>{app.revision}</code> {subject(app.commit)}</>],
        ["Last synced", app.lastSynced],
        ["Instance", app.instance],
        ["Images", app.images.length > 0 && app.images.map((image) => <div key={image}><code>{image}</code></div>)],
        ["Rollout", app.rollouts.length > 0 && app.rollouts.map((one) => <div key={one.name}>{one.name} <Status word={one.phase} /> {one.step && `step ${one.step}`}{one.canary !== undefined && `, new version ${one.canary} %`} <span class="quiet">{one.message}</span></div>)],
        ["Argo CD", app.link && <code>{app.link}</code>],
      ]} />
      {app.history.length > 1 && (
        <details class="states"><summary>{app.history.length} deployments</summary>
          <Table label={`Deployments of ${app.name}`} rows={app.history} id={(row) => String(row.id)} heads={["When", "Revision", "Commit", "By"]} cells={(row) => [row.deployedAt, <code>{row.revision}</code>, subject(row.commit) ?? "", row.initiatedBy || "automated sync"]} />
        </details>
      )}
    </div>
  );
}
