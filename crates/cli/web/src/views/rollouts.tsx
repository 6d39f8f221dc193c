import { useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Model, Rollout } from "../model";
import { plural } from "../model";
import { Empty, Facts, Section } from "../parts/controls";
import { usePrinting } from "../parts/printing";
import { Rows } from "../parts/rows";
import { Place } from "../parts/source";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { TimelineView } from "../parts/timeline";
import { replace } from "../routing";

const key = (rollout: Rollout): string => `${rollout.name}@${rollout.location?.file ?? ""}`;

export function Rollouts({ model, item }: ViewProps) {
  const all = model.preview.rollouts;
  const printing = usePrinting();
  if (all.length === 0) return <Empty title="No Rollout here">Files with <code>kind: Rollout</code> appear here, with their steps and a simulated update.</Empty>;
  if (printing) return <>{all.map((rollout) => <Detail key={key(rollout)} model={model} rollout={rollout} />)}</>;
  const selected = all.find((one) => key(one) === item) ?? all.find((one) => one.name === item) ?? all.find((one) => (one.timelines?.length ?? 0) > 1) ?? all[0]!;
  return (
    <div class="split narrow">
      <Rows
        items={all}
        label="Rollouts"
        height={52}
        id={key}
        selected={key(selected)}
        onSelect={(one) => replace("rollouts", key(one))}
        empty={undefined}
        row={(one) => <div class="app-row"><div class="app-name"><b>{one.name}</b><span>{one.strategy}, {plural(one.replicas, "pod")}</span></div></div>}
      />
      <div class="detail"><Detail key={key(selected)} model={model} rollout={selected} /></div>
    </div>
  );
}

function Detail({ rollout }: { model: Model; rollout: Rollout }) {
  const lines = rollout.timelines ?? [];
  const [chosen, setChosen] = useState(0);
  const printing = usePrinting();
  const line = lines[Math.min(chosen, lines.length - 1)];
  return (
    <section aria-label={rollout.name}>
      <header class="detail-head"><h3>{rollout.name}</h3></header>
      <Facts rows={[
        ["Strategy", rollout.strategy === "blueGreen" ? "blue-green" : rollout.strategy],
        ["Pods", String(rollout.replicas)],
        ["Traffic", rollout.routedBy ? `routed by ${rollout.routedBy}` : "split by numbers of pods"],
        ["Written at", rollout.location && <Place at={rollout.location} />],
      ]} />
      {rollout.notes.length > 0 && <ul class="notes">{rollout.notes.map((note) => <li key={note}>{note}</li>)}</ul>}
      {lines.length > 0 && (
        <Section title="An update, played through">
          {lines.length > 1 && !printing && (
            <fieldset class="segments"><legend>Scenario</legend>
              {lines.map((one, index) => (
                <label key={one.scenario} class={index === chosen ? "on" : ""}>
                  <input type="radio" name={`scenario-${rollout.name}`} checked={index === chosen} onChange={() => setChosen(index)} />
                  {one.scenario} {one.summary && <Status word={one.summary.phase} />}
                </label>
              ))}
            </fieldset>
          )}
          {(printing ? lines : line ? [line] : []).map((one) => <TimelineView key={one.scenario} rollout={rollout} line={one} />)}
        </Section>
      )}
      {rollout.steps.length > 0 && (
        <Section title="Steps">
          <Table label={`Steps of ${rollout.name}`} limit={60} rows={rollout.steps.map((step, index) => ({ ...step, index }))} id={(step) => String(step.index)} heads={["", "Step", "Traffic of the new version", "New pods", "Stable pods"]}
            cells={(step) => [step.index + 1, <code>{step.text}</code>, step.weight === undefined ? "" : <span class="meter"><span class="meter-bar" style={{ width: `${step.weight}%` }} /><span class="meter-text">{step.weight} %</span></span>, step.canary, step.stable]} />
        </Section>
      )}
    </section>
  );
}
