import { type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Model } from "./model";
import { Printing, useBrowserPrints } from "./parts/printing";
import { useRoute } from "./routing";
import { AdoptionView } from "./views/adoption";
import { Applications } from "./views/applications";
import { CatalogView } from "./views/catalog";
import { DocsView } from "./views/docs";
import { Findings } from "./views/findings";
import { Flows } from "./views/flows";
import { Overview } from "./views/overview";
import { Rollouts } from "./views/rollouts";
import { Cards } from "./views/cards";
import { Templates } from "./views/templates";
import { Wiring } from "./views/wiring";

export interface ViewProps { model: Model; item: string | undefined }
interface View { id: string; title: string; count?: (model: Model) => number; has: (model: Model) => boolean; Body: ComponentType<ViewProps> }

const VIEWS: View[] = [
  { id: "overview", title: "Overview", has: () => true, Body: Overview },
  { id: "applications", title: "Applications", count: (m) => m.preview.applications.length, has: () => true, Body: Applications },
  { id: "catalog", title: "Catalog", count: (m) => m.preview.catalog.entities.length, has: () => true, Body: CatalogView },
  { id: "wiring", title: "Wiring", count: (m) => m.preview.wiring.length, has: (m) => m.preview.wiring.length > 0, Body: Wiring },
  { id: "status", title: "Status cards", count: (m) => m.preview.cards?.length ?? 0, has: (m) => (m.preview.cards?.length ?? 0) > 0, Body: Cards },
  { id: "rollouts", title: "Rollouts", count: (m) => m.preview.rollouts.length, has: () => true, Body: Rollouts },
  { id: "templates", title: "Templates", count: (m) => m.preview.templates.length, has: () => true, Body: Templates },
  { id: "flow", title: "Self-service flow", count: (m) => m.flows?.length ?? 0, has: (m) => (m.flows?.length ?? 0) > 0, Body: Flows },
  { id: "docs", title: "TechDocs", count: (m) => m.preview.techdocs?.length ?? 0, has: (m) => (m.preview.techdocs?.length ?? 0) > 0, Body: DocsView },
  { id: "adoption", title: "Adoption", has: (m) => m.preview.adoption !== undefined, Body: AdoptionView },
  { id: "findings", title: "Findings", count: (m) => m.preview.diagnostics.length, has: () => true, Body: Findings },
];

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

/** The theme the reader chose; pages opened from disk may have nowhere to keep it. */
function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    try {
      const kept = localStorage.getItem("lofting-theme") as Theme | null;
      return kept && THEMES.includes(kept) ? kept : "system";
    } catch {
      return "system";
    }
  });
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("lofting-theme", theme);
    } catch {
      // Not kept, then.
    }
    dispatchEvent(new Event("lofting-theme"));
  }, [theme]);
  return [theme, setTheme];
}

export function App({ model }: { model: Model }) {
  const route = useRoute();
  const printing = useBrowserPrints();
  const [theme, setTheme] = useTheme();
  const main = useRef<HTMLElement>(null);
  const views = VIEWS.filter((view) => view.has(model));
  const current = views.find((view) => view.id === route.view) ?? views[0]!;
  const shown = useRef(current.id);
  useEffect(() => {
    if (shown.current !== current.id) {
      shown.current = current.id;
      main.current?.focus({ preventScroll: true });
      main.current?.scrollTo(0, 0);
    }
  }, [current.id]);
  return (
    <Printing.Provider value={printing}>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header class="side">
        <div class="brand"><h1>{model.title}</h1><p>lofting preview</p></div>
        <nav aria-label="Sections">
          <ul>
            {views.map((view) => (
              <li key={view.id}>
                <a href={`#${view.id}`} aria-current={view === current ? "page" : undefined}>
                  <span>{view.title}</span>{view.count && <span class="badge">{view.count(model).toLocaleString("en")}</span>}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <footer>
          <div class="field"><label for="theme">Theme</label>
            <select id="theme" value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
              {THEMES.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          </div>
          <p class="version">{model.version}</p>
        </footer>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {printing
          ? views.map((view) => <article key={view.id} class="sheet"><h2>{view.title}</h2><view.Body model={model} item={undefined} /></article>)
          : <article key={current.id}><h2>{current.title}</h2><current.Body model={model} item={route.item} /></article>}
      </main>
    </Printing.Provider>
  );
}
