import { useState } from "preact/hooks";
import type { ViewProps } from "../app";
import type { Flow } from "../model";
import { plural, short } from "../model";
import { Empty } from "../parts/controls";
import { usePrinting } from "../parts/printing";
import { Place } from "../parts/source";
import { Status } from "../parts/status";
import { href } from "../routing";

/** Each template with each of its answers, from the form to the first deployment. */
export function Flows({ model }: ViewProps) {
  const all = model.flows ?? [];
  const [chosen, setChosen] = useState(0);
  const printing = usePrinting();
  const shown = printing ? all : all.slice(chosen, chosen + 1);
  return (
    <>
      <p class="lead">From a filled-in form to the first deployment, played with the answers that lie beside each template.</p>
      {all.length > 1 && !printing && (
        <fieldset class="segments"><legend>Answers</legend>
          {all.map((one, index) => (
            <label key={one.answers} class={index === chosen ? "on" : ""}>
              <input type="radio" name="flow" checked={index === chosen} onChange={() => setChosen(index)} />
              {one.answers.replace(/^templates\//, "").replace(/\.ya?ml$/, "")}{one.flow && <Status word={verdict(one.flow)} />}
            </label>))}
        </fieldset>
      )}
      {shown.map((one) => one.flow ? <Stages key={one.answers} flow={one.flow} answers={one.answers} /> : <Empty key={one.answers} title={`${one.answers} cannot be played`}>{one.error}</Empty>)}
    </>
  );
}

function verdict(flow: Flow): string {
  for (const word of ["failed", "unknown", "skipped"]) if (flow.stages.some((stage) => stage.verdict === word)) return word;
  return "passed";
}

const SHOWN = 12;

function Stages({ flow, answers }: { flow: Flow; answers: string }) {
  return (
    <section class="template" aria-label={flow.name}>
      <header class="detail-head"><h3>{flow.name}</h3><Status word={verdict(flow)} /></header>
      <p class="quiet">From <a href={href("catalog", flow.template)}>{short(flow.template)}</a> with <code>{answers}</code>: {plural(flow.files.length, "file")}{flow.applications.length > 0 && <>, creates {flow.applications.join(", ")}</>}</p>
      <ol class="stages">
        {flow.stages.map((stage) => (
          <li key={stage.number} class={stage.verdict}>
            <p><span class="stage-number">{stage.number}</span><b>{stage.title}</b> <Status word={stage.verdict} /></p>
            <p class="quiet">{stage.summary}</p>
            {stage.problems.map((one) => <p key={one.message} class="callout">{one.message} <Place at={one.location} /></p>)}
            {stage.product.length > 0 && (
              <details class="states"><summary>{plural(stage.product.length, "line")}</summary><ul class="plain">{stage.product.slice(0, SHOWN * 10).map((line, index) => <li key={index}><code>{line}</code></li>)}</ul></details>
            )}
          </li>))}
      </ol>
    </section>
  );
}
