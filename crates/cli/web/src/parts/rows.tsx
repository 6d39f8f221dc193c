import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { usePrinting } from "./printing";

interface Props<T> {
  items: readonly T[];
  label: string;
  height: number;
  id: (item: T) => string;
  selected: string | undefined;
  onSelect: (item: T) => void;
  row: (item: T) => ComponentChildren;
  /** Depth of an item, where the list is a tree; 1 is the top. */
  level?: (item: T) => number;
  expanded?: (item: T) => boolean | undefined;
  onExpand?: (item: T, open: boolean) => void;
  empty: ComponentChildren;
}

const OVERSCAN = 8;

/** A list of which only the visible rows exist; arrows, Home, End, Page keys move through it. */
export function Rows<T>(props: Props<T>) {
  const { items, height, id, selected, onSelect } = props;
  const base = useId();
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const printing = usePrinting();
  const at = selected === undefined ? -1 : items.findIndex((item) => id(item) === selected);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight || 600 });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [printing]);

  useEffect(() => {
    const element = box.current;
    if (!element || at < 0) return;
    const [top, bottom] = [at * height, (at + 1) * height];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  }, [at, height]);

  const page = Math.max(1, Math.floor(view.height / height) - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[at];
    if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && item !== undefined && props.onExpand) {
      if (props.expanded?.(item) !== undefined) props.onExpand(item, event.key === "ArrowRight");
      event.preventDefault();
      return;
    }
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || items.length === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(items.length - 1, at + step));
    onSelect(items[next]!);
  };

  if (items.length === 0) return <div class="rows-empty">{props.empty}</div>;
  const first = printing ? 0 : Math.max(0, Math.floor(view.top / height) - OVERSCAN);
  const last = printing ? items.length : Math.min(items.length, Math.ceil((view.top + view.height) / height) + OVERSCAN);
  const tree = props.level !== undefined;
  return (
    <div
      ref={box}
      class="rows"
      role={tree ? "tree" : "listbox"}
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={at >= first && at < last ? `${base}-${at}` : undefined}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <div class="rows-all" role="presentation" style={printing ? undefined : { height: `${items.length * height}px` }}>
        {items.slice(first, last).map((item, offset) => {
          const index = first + offset;
          const style = printing ? undefined : { top: `${index * height}px`, height: `${height}px` };
          return (
            <div
              key={id(item)}
              id={`${base}-${index}`}
              class={index === at ? "row selected" : "row"}
              style={style}
              role={tree ? "treeitem" : "option"}
              aria-selected={index === at}
              aria-level={props.level?.(item)}
              aria-expanded={props.expanded?.(item)}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              onClick={() => onSelect(item)}
            >
              {props.row(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
