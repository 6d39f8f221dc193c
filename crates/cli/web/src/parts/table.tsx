import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { usePrinting } from "./printing";

interface Props<T> { rows: readonly T[]; heads: string[]; cells: (row: T) => ComponentChildren[]; label: string; limit?: number; id: (row: T) => string }

/** A table that shows its first rows, and the rest when asked. */
export function Table<T>({ rows, heads, cells, label, limit = 100, id }: Props<T>) {
  const [all, setAll] = useState(false);
  const printing = usePrinting();
  const shown = all || printing ? rows : rows.slice(0, limit);
  return (
    <div class="table">
      <table aria-label={label}>
        <thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
        <tbody>{shown.map((row) => <tr key={id(row)}>{cells(row).map((cell, index) => <td key={index}>{cell}</td>)}</tr>)}</tbody>
      </table>
      {shown.length < rows.length && (
        <button type="button" class="more" onClick={() => setAll(true)}>Show all {rows.length.toLocaleString("en")}</button>
      )}
    </div>
  );
}
