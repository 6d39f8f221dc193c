import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export function Search({ value, onInput, label }: { value: string; onInput: (value: string) => void; label: string }) {
  const id = useId();
  return (
    <div class="field grow">
      <label for={id}>{label}</label>
      <input id={id} type="search" value={value} onInput={(event) => onInput(event.currentTarget.value)} autocomplete="off" spellcheck={false} />
    </div>
  );
}

export function Choice(props: { value: string; onChange: (value: string) => void; label: string; all: string; options: [string, string][] }) {
  const id = useId();
  if (props.options.length < 2) return null;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        <option value="">{props.all}</option>
        {props.options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </div>
  );
}

export function Filters({ children, shown, total, what }: { children: ComponentChildren; shown: number; total: number; what: string }) {
  return (
    <div class="filters" role="search">
      {children}
      <p class="count" role="status">{shown === total ? `${total.toLocaleString("en")} ${what}` : `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} ${what}`}</p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="empty"><p class="empty-title">{title}</p>{children && <p>{children}</p>}</div>;
}

export function Section({ title, note, children }: { title: string; note?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}{note !== undefined && <span class="note"> {note}</span>}</h3>
      {children}
    </section>
  );
}

/** Names with values; those without a value are left out. */
export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  const shown = rows.filter(([, value]) => value !== undefined && value !== "" && value !== null && value !== false);
  return <dl class="facts">{shown.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
