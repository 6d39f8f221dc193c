import { Fragment } from "preact";
import type { Plan } from "../model";
import { plural } from "../model";

const MARKS: Record<string, [string, string]> = {
  apply: ["+", "applied"], prune: ["−", "pruned"], hook: ["▸", "hook"], unchanged: ["=", "unchanged"],
};
const SHOWN = 12;

/** A sync: phases from left to right, waves inside them, and how it would end. */
export function PlanView({ plan }: { plan: Plan }) {
  const succeeded = plan.outcome.startsWith("Succeeded");
  return (
    <div class="plan">
      <ol class="phases">
        {plan.phases.map((phase) => (
          <li key={phase.phase} class="phase">
            <h4>{phase.phase}</h4>
            <ol class="waves">
              {phase.waves.map((wave) => {
                const busy = wave.tasks.filter((task) => !task.startsWith("unchanged"));
                const idle = wave.tasks.length - busy.length;
                return (
                  <li key={wave.wave} class="wave">
                    <h5>wave {wave.wave}</h5>
                    <ul>
                      {busy.slice(0, SHOWN).map((task) => {
                        const [verb = "", ...rest] = task.split(" ");
                        const [sign, word] = MARKS[verb] ?? ["·", verb];
                        return <li key={task} class={`task ${verb}`}><span class="sign" aria-hidden="true">{sign}</span><code>{rest.join(" ")}</code> <span class="word">{word}</span></li>;
                      })}
                      {busy.length > SHOWN && <li class="task">and {busy.length - SHOWN} more</li>}
                      {idle > 0 && <li class="task unchanged"><span class="sign" aria-hidden="true">=</span>{idle} unchanged</li>}
                    </ul>
                  </li>
                );
              })}
            </ol>
          </li>
        ))}
      </ol>
      <p class={succeeded ? "outcome" : "outcome bad"}>Ends {plan.outcome.split(": ").map((part, index) => <Fragment key={index}>{index ? ": " : ""}{index ? part : <strong>{part}</strong>}</Fragment>)}{plan.passes > 0 && ` after ${plural(plan.passes, "pass", "passes")}`}.</p>
    </div>
  );
}
