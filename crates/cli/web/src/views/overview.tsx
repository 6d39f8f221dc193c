import type { ViewProps } from "../app";
import { clock, plural, tally } from "../model";
import { Place } from "../parts/source";
import { Empty } from "../parts/controls";
import { SEVERITIES, SeverityMark, Status, severityWord, tone } from "../parts/status";
import { href } from "../routing";

/** Shares of a whole as one bar; the words and numbers beneath say the same. */
function Shares({ parts, label, view }: { parts: [string, number][]; label: string; view: string }) {
  const total = parts.reduce((sum, [, n]) => sum + n, 0);
  return (
    <div class="shares">
      <h4>{label}</h4>
      <div class="bar" aria-hidden="true">{parts.map(([word, n]) => <span key={word} class={`fill ${tone(word)}`} style={{ flexGrow: n / total }} />)}</div>
      <ul>{parts.map(([word, n]) => <li key={word}><a href={href(view)}><Status word={word} /></a> <b>{n.toLocaleString("en")}</b></li>)}</ul>
    </div>
  );
}

const CLASSES: Record<string, string> = { argoCd: "Argo CD", notUnderstood: "not understood", kubernetes: "Kubernetes" };

export function Overview({ model }: ViewProps) {
  const { applications, diagnostics, catalog, rollouts, templates, wiring, tree, applicationSets } = model.preview;
  const pending = applications.filter((app) => app.state.plan);
  const count = (severity: string) => diagnostics.filter((one) => one.severity === severity).length;
  const wired = wiring.filter((wire) => wire.status === "wired").length;
  const scenes = rollouts.flatMap((rollout) => (rollout.timelines ?? []).map((line) => ({ rollout, line })));
  return (
    <div class="overview">
      <div class="cards">
        <section class="card wide" aria-label="Applications">
          <h3><a href="#applications">{plural(applications.length, "Application")}</a></h3>
          {applications.length === 0
            ? <Empty title="No Application here" />
            : <><Shares label="Sync" view="applications" parts={tally(applications, (app) => app.state.sync)} /><Shares label="Health" view="applications" parts={tally(applications, (app) => app.state.health)} /></>}
          {applicationSets.length > 0 && <p class="quiet">{plural(applicationSets.length, "ApplicationSet")} among their makers</p>}
        </section>
        <section class="card" aria-label="Findings">
          <h3><a href="#findings">{plural(diagnostics.length, "finding")}</a></h3>
          {diagnostics.length === 0 ? <Empty title="Nothing found" /> : (
            <ul class="plain">{SEVERITIES.filter((severity) => count(severity)).map((severity) => <li key={severity}><a href={href("findings", severity)}><SeverityMark severity={severity} /></a> <b>{count(severity)}</b></li>)}</ul>
          )}
        </section>
        <section class="card tall" aria-label="Catalog">
          <h3><a href="#catalog">{plural(catalog.entities.length, "entity", "entities")}</a></h3>
          <ul class="pairs">{Object.entries(catalog.byKind).map(([kind, n]) => <li key={kind}><span>{kind}</span><b>{n}</b></li>)}</ul>
          {catalog.refused > 0 && <p><Status word="error" /> {plural(catalog.refused, "document")} refused</p>}
          {catalog.dangling.length > 0 && <p><Status word="warning" /> {plural(catalog.dangling.length, "dangling reference")}</p>}
        </section>
        <section class="card wide" aria-label="Rollouts">
          <h3><a href="#rollouts">{plural(rollouts.length, "Rollout")}</a></h3>
          {rollouts.length === 0 ? <Empty title="No Rollout here" /> : (
            <ul class="plain">{scenes.slice(0, 6).map(({ rollout, line }) => (
              <li key={`${rollout.name}/${line.scenario}`} class="scene"><a href={href("rollouts", rollout.name)}>{rollout.name}</a><span class="quiet">{line.scenario}</span>{line.summary ? <><Status word={line.summary.phase} /><span class="quiet">after {clock(line.summary.duration)}</span></> : <Status word="unknown" />}</li>
            ))}</ul>
          )}
          {scenes.length > 6 && <p class="quiet">and {scenes.length - 6} more updates played through</p>}
        </section>
        <section class="card" aria-label="Portal">
          <h3><a href="#wiring">Portal</a></h3>
          <ul class="pairs">
            <li><span>Components wired</span><b>{wired} of {wiring.length}</b></li>
            <li><span>Templates</span><b>{templates.length}</b></li>
          </ul>
        </section>
      </div>
      {pending.length > 0 && (
        <section class="part">
          <h3>What the next sync would do</h3>
          <ul class="pending">
            {pending.slice(0, 30).map((app) => {
              const tasks = app.state.plan!.phases.flatMap((phase) => phase.waves.flatMap((wave) => wave.tasks)).filter((task) => !task.startsWith("unchanged"));
              return <li key={app.name}><a href={href("applications", app.name)}>{app.name}</a><span>{tasks.length === 0 ? "nothing: every resource stays as it is" : tasks.slice(0, 3).join(", ")}{tasks.length > 3 && ` and ${tasks.length - 3} more`}</span></li>;
            })}
          </ul>
          {pending.length > 30 && <p class="quiet">and {pending.length - 30} more Applications</p>}
        </section>
      )}
      {diagnostics.length > 0 && (
        <section class="part">
          <h3>First findings</h3>
          <ul class="firsts">{diagnostics.slice(0, 6).map((one, index) => <li key={index}><SeverityMark severity={one.severity} /><a href={href("findings", `${severityWord(one.severity)}-${index}`)}>{one.message}</a><Place at={one.location} /></li>)}</ul>
        </section>
      )}
      <section class="part">
        <h3>{plural(tree.files, "file")}</h3>
        <ul class="classes">{Object.entries(tree.classes).map(([name, n]) => <li key={name}><b>{n}</b> {CLASSES[name] ?? name}</li>)}</ul>
      </section>
      {tree.notUnderstood.length > 0 && (
        <section class="part">
          <h3>Left out <span class="note">{plural(tree.notUnderstood.length, "file")}</span></h3>
          <ul class="plain">{tree.notUnderstood.slice(0, 50).map((one) => <li key={one.path}><code>{one.path}</code> {one.reason}</li>)}</ul>
        </section>
      )}
    </div>
  );
}
