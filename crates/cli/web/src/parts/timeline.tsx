import { scaleLinear } from "d3-scale";
import { area, curveStepAfter, line as path } from "d3-shape";
import { useId, useMemo, useState } from "preact/hooks";
import type { Moment, Rollout, Timeline } from "../model";
import { clock, plural } from "../model";
import { Place } from "./source";
import { Status } from "./status";

const [WIDTH, LEFT, RIGHT, WEIGHT, PODS, GAP, AXIS] = [760, 44, 12, 110, 130, 34, 26];
const HEIGHT = 18 + WEIGHT + GAP + PODS + AXIS;
const MINUTE = 60;

/** Times of the axis that people count in. */
function ticks(span: number): number[] {
  const step = [1, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, 3600, 7200, 21600, 43200, 86400].find((one) => span / one <= 8) ?? Math.ceil(span / 8);
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

const pods = (moment: Moment, name: string, what: "wanted" | "ready") => moment.sets.find((set) => set.name === name)?.[what] ?? 0;

/** Traffic and pods over time, with a slider that shows the state at any moment. */
export function TimelineView({ rollout, line }: { rollout: Rollout; line: Timeline }) {
  const { moments, summary } = line;
  const slider = useId();
  const [at, setAt] = useState(0);
  const [time, setTime] = useState(0);
  const end = moments.at(-1)?.at ?? 0;
  // The last state is drawn for a while, too.
  const span = Math.max(1, end * 1.04);
  const names = useMemo(() => [...new Set(moments.flatMap((moment) => moment.sets.map((set) => set.name)))], [moments]);
  const x = scaleLinear([0, span], [LEFT, WIDTH - RIGHT]);
  const drawn = useMemo(() => draw(moments, names, span), [moments, names, span]);
  if (line.error) return <p class="callout"><b>{line.scenario}</b> cannot be played: {line.error}</p>;
  const moment = moments[at];
  if (!moment) return null;
  const go = (index: number) => {
    const next = Math.max(0, Math.min(moments.length - 1, index));
    setAt(next);
    setTime(moments[next]!.at);
  };
  const slide = (seconds: number) => {
    setTime(seconds);
    setAt(Math.max(0, moments.findLastIndex((one) => one.at <= seconds)));
  };
  const y = drawn.y;
  return (
    <figure class="timeline">
      <figcaption>
        <b>{line.scenario}</b>{line.description && <span class="quiet"> {line.description}</span>}
        {summary && <p>Ends <Status word={summary.phase} /> after {clock(summary.duration)}; at most {plural(summary.peakPods, "pod")}; the new version answers {Math.round(summary.exposedSeconds)} s worth of all traffic{summary.rollbackSeconds != null && `, and nothing any more ${summary.rollbackSeconds ? `${clock(summary.rollbackSeconds)} after` : "from"} the abort`}.</p>}
        {summary?.message && <p class="callout">{summary.message}</p>}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Traffic and pods of ${rollout.name} over ${clock(end)}; the table of states below says the same`}>
        <text x={LEFT} y={11} class="plot-title">Traffic of the new version, %</text>
        {[0, 50, 100].map((n) => <g key={n}><line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y.weight(n)} y2={y.weight(n)} /><text class="tick" x={LEFT - 6} y={y.weight(n) + 4} text-anchor="end">{n}</text></g>)}
        <path class="weight-area" d={drawn.weightArea} />
        <path class="weight-line" d={drawn.weightLine} />
        <text x={LEFT} y={18 + WEIGHT + GAP - 8} class="plot-title">Pods by ReplicaSet: filled are ready, outlined are wanted</text>
        {y.pods.ticks(4).filter(Number.isInteger).map((n) => <g key={n}><line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y.pods(n)} y2={y.pods(n)} /><text class="tick" x={LEFT - 6} y={y.pods(n) + 4} text-anchor="end">{n}</text></g>)}
        {drawn.sets.map((set, index) => <g key={set.name} class={`set set-${index % 5}`}><path class="ready" d={set.ready} /><path class="wanted" d={set.wanted} /></g>)}
        {ticks(span).filter((n) => x(n) < WIDTH - 24).map((n) => <text key={n} class="tick" x={x(n)} y={HEIGHT - 8} text-anchor="middle">{clock(n).replace(/(?<=\D)00[ms]/g, "")}</text>)}
        <line class="cursor" x1={x(time)} x2={x(time)} y1={16} y2={HEIGHT - AXIS + 4} />
      </svg>
      <ul class="legend" aria-label="ReplicaSets">{names.map((name, index) => <li key={name}><span class={`swatch set-${index % 5}`} aria-hidden="true" />{name}{index === 0 ? " (before the update)" : index === 1 ? " (the update)" : ""}</li>)}</ul>
      <div class="slider no-print">
        <button type="button" onClick={() => go(at - 1)} disabled={at === 0} aria-label="State before">‹</button>
        <label for={slider}>Time</label>
        <input id={slider} type="range" min={0} max={end} step={1} value={time} onInput={(event) => slide(Number(event.currentTarget.value))}
          aria-valuetext={`${clock(time)}, ${moment.phase}, ${moment.weight} percent of the traffic`} />
        <output for={slider}>{clock(time)}</output>
        <button type="button" onClick={() => go(at + 1)} disabled={at === moments.length - 1} aria-label="Next state">›</button>
      </div>
      <Instant rollout={rollout} moment={moment} index={at} count={moments.length} />
      <details class="states"><summary>All {moments.length} states{line.omitted ? `, ${line.omitted} more left out` : ""}</summary>
        <table><thead><tr><th scope="col">Time</th><th scope="col">Phase</th><th scope="col">Step</th><th scope="col">Traffic</th><th scope="col">Pods ready of wanted</th><th scope="col">Message</th></tr></thead>
          <tbody>{moments.map((one, index) => (
            <tr key={index} class={index === at ? "selected" : ""}><td><button type="button" class="link" onClick={() => go(index)}>{clock(one.at)}</button></td><td><Status word={one.phase} /></td><td>{stepText(rollout, one)}</td><td>{one.weight} %</td><td>{one.sets.map((set) => `${set.name} ${set.ready}/${set.wanted}`).join(", ")}</td><td>{one.message}</td></tr>))}
          </tbody></table>
      </details>
      {line.file && <Place at={{ file: line.file, line: 1, column: 1 }} />}
    </figure>
  );
}

function stepText(rollout: Rollout, moment: Moment): string {
  if (moment.step === undefined || rollout.steps.length === 0) return "";
  const step = rollout.steps[moment.step];
  return step ? `${moment.step + 1} of ${rollout.steps.length}: ${step.text}` : "all done";
}

const DOTS = 60;

function Instant({ rollout, moment, index, count }: { rollout: Rollout; moment: Moment; index: number; count: number }) {
  const step = stepText(rollout, moment);
  return (
    <div class="instant" aria-live="polite" data-moment={index}>
      <p><Status word={moment.phase} /> <b>{clock(moment.at)}</b> <span class="quiet">state {index + 1} of {count}</span>{step && <> · step {step}</>}</p>
      {moment.message && <p>{moment.message}</p>}
      <p class="traffic"><span>new version</span><span class="meter"><span class="meter-bar" style={{ width: `${moment.weight}%` }} /><span class="meter-text">{moment.weight} %</span></span></p>
      <ul class="pods">{moment.sets.filter((set) => set.wanted || set.ready).map((set, at) => (
        <li key={set.name}><span class="pod-name">{set.name} {set.role}</span><span class={`dots set-${Number(set.name.slice(1)) - 1 || at}`} aria-hidden="true">{Array.from({ length: Math.min(DOTS, Math.max(set.wanted, set.ready)) }, (_, n) => <i key={n} class={n < set.ready ? "dot on" : "dot"} />)}</span><span class="quiet">{set.ready} of {set.wanted} ready</span></li>))}
      </ul>
      {moment.analysis?.map((run) => <p key={run} class="quiet">analysis {run}</p>)}
      {moment.events && <ul class="events">{moment.events.map((event) => <li key={event}>{event}</li>)}</ul>}
    </div>
  );
}

function draw(moments: Moment[], names: string[], span: number) {
  const x = scaleLinear([0, span], [LEFT, WIDTH - RIGHT]);
  const totals = moments.map((moment) => names.reduce((sum, name) => sum + Math.max(pods(moment, name, "wanted"), pods(moment, name, "ready")), 0));
  const top = Math.max(1, ...totals);
  const weight = scaleLinear([0, 100], [18 + WEIGHT, 18]);
  const base = 18 + WEIGHT + GAP + PODS;
  const count = scaleLinear([0, top], [base, base - PODS]).nice(4);
  // Where several states share an instant, the last one is what is drawn after it.
  const settled = moments.filter((moment, index) => moments[index + 1]?.at !== moment.at);
  const points = settled.concat(settled.slice(-1).map((moment) => ({ ...moment, at: span })));
  const weightOf = (moment: Moment) => weight(moment.weight);
  const stack = (moment: Moment, index: number) => names.slice(0, index).reduce((sum, name) => sum + Math.max(pods(moment, name, "wanted"), pods(moment, name, "ready")), 0);
  return {
    y: { weight, pods: count },
    weightLine: path<Moment>().x((m) => x(m.at)).y(weightOf).curve(curveStepAfter)(points) ?? "",
    weightArea: area<Moment>().x((m) => x(m.at)).y0(weight(0)).y1(weightOf).curve(curveStepAfter)(points) ?? "",
    sets: names.map((name, index) => ({
      name,
      ready: area<Moment>().x((m) => x(m.at)).y0((m) => count(stack(m, index))).y1((m) => count(stack(m, index) + pods(m, name, "ready"))).curve(curveStepAfter)(points) ?? "",
      wanted: area<Moment>().x((m) => x(m.at)).y0((m) => count(stack(m, index))).y1((m) => count(stack(m, index) + pods(m, name, "wanted"))).curve(curveStepAfter)(points) ?? "",
    })),
  };
}
