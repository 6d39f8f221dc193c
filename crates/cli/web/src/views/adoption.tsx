import { scaleBand, scaleLinear } from "d3-scale";
import type { ViewProps } from "../app";
import { plural, short } from "../model";
import { Section } from "../parts/controls";
import { Status } from "../parts/status";
import { Table } from "../parts/table";

const [WIDTH, HEIGHT, LEFT, FOOT] = [720, 160, 34, 24];
/** Bars beyond this many would be lines. */
const BARS = 60;

/** Counts as bars; the numbers are in the table that unfolds beneath. */
function Bars({ counts, label }: { counts: Record<string, number>; label: string }) {
  const rows = Object.entries(counts).slice(-BARS);
  if (rows.length === 0) return null;
  const top = Math.max(...rows.map(([, n]) => n));
  const x = scaleBand(rows.map(([name]) => name), [LEFT, WIDTH]).padding(0.25);
  const y = scaleLinear([0, top], [HEIGHT - FOOT, 8]).nice(4);
  const every = Math.ceil(rows.length / 8);
  return (
    <figure class="timeline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}: ${rows.map(([name, n]) => `${name} ${n}`).join(", ")}`}>
        {y.ticks(4).filter(Number.isInteger).map((n) => <g key={n}><line class="grid" x1={LEFT} x2={WIDTH} y1={y(n)} y2={y(n)} /><text class="tick" x={LEFT - 6} y={y(n) + 4} text-anchor="end">{n}</text></g>)}
        {rows.map(([name, n], index) => (
          <g key={name}>
            <rect class="column" x={x(name)} width={Math.min(48, x.bandwidth())} y={y(n)} height={y(0) - y(n)}><title>{name}: {n}</title></rect>
            {index % every === 0 && <text class="tick" x={x(name)!} y={HEIGHT - 8}>{name}</text>}
          </g>))}
      </svg>
    </figure>
  );
}

function span(seconds: number): string {
  const [size, unit] = seconds >= 172_800 ? [86_400, "day"] : seconds >= 7200 ? [3600, "hour"] : seconds >= 120 ? [60, "minute"] : [1, "second"];
  return plural(Math.round(seconds / size), unit);
}

const sum = (counts: Record<string, number>[]): Record<string, number> => {
  const all: Record<string, number> = {};
  for (const one of counts) for (const [name, n] of Object.entries(one)) all[name] = (all[name] ?? 0) + n;
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)));
};

/** What the platform is used for. */
export function AdoptionView({ model }: ViewProps) {
  const { metrics, templates, delivery, generated, components } = model.preview.adoption!;
  const months = sum(templates.map((one) => one.byMonth));
  return (
    <div>
      <section class="template">
        <h3>Shares</h3>
        <ul class="metrics">
          {metrics.map((one) => (
            <li key={one.name}>
              <span class="metric-title">{one.title}</span>
              <span class="meter wide"><span class="meter-bar" style={{ width: `${one.percent ?? 0}%` }} />{one.threshold !== undefined && <span class="threshold" style={{ left: `${one.threshold}%` }} />}<span class="meter-text">{one.percent === undefined ? "nothing to count" : `${Math.round(one.percent)} %`}</span></span>
              <span class="quiet">{one.count} of {one.of}{one.threshold !== undefined && `, wanted ${one.threshold} %`}</span>
              {one.threshold !== undefined && one.percent !== undefined && <Status word={one.percent < one.threshold ? "failed" : "passed"} />}
              {one.missing.length > 0 && <details class="states"><summary>{one.missing.length} without</summary><p>{one.missing.slice(0, 100).map(short).join(", ")}{one.missing.length > 100 && ` and ${one.missing.length - 100} more`}</p></details>}
            </li>))}
        </ul>
      </section>
      <Section title="Components by owner" note={plural(components.total, "Component")}><Bars label="Components by owner" counts={Object.fromEntries(Object.entries(components.byOwner).map(([name, n]) => [short(name) || "no owner", n]))} /></Section>
      {templates.length > 0 && (
        <Section title="Templates">
          <Table label="Use of templates" rows={templates} id={(one) => one.template} heads={["Template", "Components from it", "By owner"]} cells={(one) => [short(one.template), one.uses, Object.entries(one.byOwner).map(([name, n]) => `${short(name)} ${n}`).join(", ")]} />
          <Bars label="Use by month" counts={months} />
        </Section>
      )}
      <Section title="Delivery" note={plural(delivery.deployments, "deployment")}>
        <ul class="classes">
          {delivery.perWeek !== undefined && <li><b>{delivery.perWeek.toFixed(1)}</b> a week</li>}
          {delivery.leadTimeSeconds !== undefined && <li><b>{span(delivery.leadTimeSeconds)}</b> from one revision to the next</li>}
          {delivery.changeFailurePercent !== undefined && <li><b>{Math.round(delivery.changeFailurePercent)} %</b> of deployments failed</li>}
        </ul>
        <Bars label="Deployments by day" counts={delivery.byDay} />
        {delivery.failures.length > 0 && <Table label="Failed deployments" rows={delivery.failures} id={(one) => one.application + one.why} heads={["Application", "How it shows"]} cells={(one) => [one.application, one.why]} />}
      </Section>
      {generated.length > 0 && (
        <Section title="Repositories that templates made">
          <Table label="Drift from templates" rows={generated} id={(one) => one.dir} heads={["Repository", "Template", "State"]} cells={(one) => [<code>{one.dir}</code>, <code>{one.template}</code>, one.error ? <><Status word="error" /> {one.error}</> : one.files.length ? <><Status word="warning" /> {plural(one.files.length, "file")} differ</> : <Status word="ok" />]} />
        </Section>
      )}
    </div>
  );
}
