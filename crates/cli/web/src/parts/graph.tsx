import dagre from "@dagrejs/dagre";
import { type SimulationNodeDatum, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import cytoscape, { type Core, type ElementDefinition } from "cytoscape";
import { useEffect, useRef } from "preact/hooks";
import type { Entity } from "../model";
import { short } from "../model";

interface Props {
  entities: readonly Entity[];
  /** Types of relations that are drawn. */
  relations: ReadonlySet<string>;
  selected: string | undefined;
  onSelect: (ref: string) => void;
}

const SHAPES: Record<string, string> = {
  component: "round-rectangle", api: "round-hexagon", resource: "barrel", system: "rectangle", domain: "cut-rectangle",
  group: "ellipse", user: "ellipse", location: "tag", template: "round-tag",
};
/** More nodes than this lie by attraction: ranks of so many are one tall column. */
const RANKED = 90;
/** More than this are laid in rows, so that nobody waits. */
const ATTRACTED = 1500;
const LABEL = 30;

function elements({ entities, relations }: Pick<Props, "entities" | "relations">): ElementDefinition[] {
  const shown = new Set(entities.map((entity) => entity.ref));
  const nodes = entities.map(({ ref, kind }) => {
    const name = short(ref);
    return { data: { id: ref, label: name.length > LABEL ? `${name.slice(0, LABEL - 1)}…` : name, kind: kind.toLowerCase() } };
  });
  const edges = entities.flatMap((entity) => entity.relations
    .filter(({ type, target }) => relations.has(type) && shown.has(target))
    .map(({ type, target }) => ({ data: { id: `${entity.ref} ${type} ${target}`, source: entity.ref, target, label: type } })));
  return [...nodes, ...edges];
}

const width = (label: string): number => Math.max(64, label.length * 7.2 + 28);

type Places = Map<string, { x: number; y: number }>;
interface Body extends SimulationNodeDatum { id: string }

/** Ranks by relation: what is depended upon is to the right. */
function ranks(nodes: ElementDefinition[], edges: ElementDefinition[]): Places {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 90, marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { data } of nodes) graph.setNode(data.id!, { width: width(data.label as string), height: 34 });
  for (const { data } of edges) graph.setEdge(data.source as string, data.target as string, {}, data.id);
  if (nodes.length) dagre.layout(graph);
  return new Map(graph.nodes().map((id) => [id, graph.node(id) as { x: number; y: number }]));
}

/** What is related lies together; the same nodes always lie in the same place. */
function attraction(nodes: ElementDefinition[], edges: ElementDefinition[]): Places {
  const bodies: Body[] = nodes.map(({ data }) => ({ id: data.id! }));
  const links = edges.map(({ data }) => ({ source: data.source as string, target: data.target as string }));
  forceSimulation(bodies)
    .force("link", forceLink<Body, { source: string | Body; target: string | Body }>(links).id((body) => body.id).distance(120))
    .force("charge", forceManyBody().strength(-420).distanceMax(900))
    .force("collide", forceCollide(62))
    .force("x", forceX(0).strength(0.03))
    .force("y", forceY(0).strength(0.06))
    .stop()
    .tick(nodes.length > 500 ? 120 : 250);
  return new Map(bodies.map((body) => [body.id, { x: body.x ?? 0, y: body.y ?? 0 }]));
}

function positions(all: ElementDefinition[]): Places {
  const nodes = all.filter((one) => !one.data.source);
  const edges = all.filter((one) => one.data.source);
  const linked = new Set(edges.flatMap((edge) => [edge.data.source as string, edge.data.target as string]));
  const [tied, loose] = [nodes.filter(({ data }) => linked.has(data.id!)), nodes.filter(({ data }) => !linked.has(data.id!))];
  const places = tied.length <= RANKED ? ranks(tied, edges) : tied.length <= ATTRACTED ? attraction(tied, edges) : rows(tied, 0, 0);
  const ends = [...places.values()];
  const left = Math.min(110, ...ends.map(({ x }) => x));
  const bottom = ends.reduce((low, { y }) => Math.max(low, y + 60), 0);
  return new Map([...places, ...rows(loose, left, bottom)]);
}

/** What has no relation stands in rows. */
function rows(nodes: ElementDefinition[], left: number, top: number): Places {
  const columns = Math.max(4, Math.ceil(Math.sqrt(nodes.length)));
  return new Map(nodes.map(({ data }, index) => [data.id!, { x: left + (index % columns) * 210, y: top + 20 + Math.floor(index / columns) * 56 }]));
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function style(): cytoscape.StylesheetJson {
  const [ink, quiet, panel, line, accent, soft] = ["--ink", "--quiet", "--panel", "--line-strong", "--accent", "--accent-soft"].map(css) as [string, string, string, string, string, string];
  const kinds = Object.entries(SHAPES).map(([kind, shape]) => ({ selector: `node[kind="${kind}"]`, style: { shape } }));
  return [
    { selector: "node", style: { label: "data(label)", width: (node: cytoscape.NodeSingular) => width(node.data("label") as string), height: 32, "text-valign": "center", "text-halign": "center", "font-size": 12, "min-zoomed-font-size": 6, "font-family": "system-ui, sans-serif", color: ink, "background-color": panel, "border-width": 1.2, "border-color": line } },
    ...kinds,
    { selector: 'node[kind="system"], node[kind="domain"]', style: { "background-color": soft } },
    { selector: "edge", style: { width: 1.2, "line-color": line, "target-arrow-color": line, "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": "bezier", "font-size": 10, "font-family": "system-ui, sans-serif", color: quiet, "text-background-color": panel, "text-background-opacity": 1, "text-background-padding": "2px", "text-rotation": "autorotate" } },
    { selector: ".far", style: { opacity: 0.25 } },
    { selector: "edge.near", style: { label: "data(label)", "line-color": accent, "target-arrow-color": accent, width: 2 } },
    { selector: "node.chosen", style: { "border-color": accent, "border-width": 3 } },
  ] as unknown as cytoscape.StylesheetJson;
}

function mark(core: Core, selected: string | undefined) {
  core.batch(() => {
    core.elements().removeClass("far near chosen");
    const node = selected === undefined ? undefined : core.getElementById(selected);
    if (!node?.nonempty()) return;
    const near = node.closedNeighborhood();
    core.elements().difference(near).addClass("far");
    node.addClass("chosen");
    node.connectedEdges().addClass("near");
  });
}

/** In a graph too large to read at once, goes to what was chosen. */
function approach(core: Core, selected: string | undefined) {
  if (selected === undefined || core.nodes().length <= RANKED) return;
  const near = core.getElementById(selected).closedNeighborhood();
  if (near.empty()) return;
  core.fit(near, 80);
  if (core.zoom() > 1) {
    core.zoom(1);
    core.center(near);
  }
}

/** Shows everything, not larger than text is read. */
function settle(core: Core) {
  core.fit(undefined, 24);
  if (core.zoom() > 1.3) {
    core.zoom(1.3);
    core.center();
  }
}

/** The catalog as a graph to pan and zoom; the list beside it says the same to those who cannot see it. */
export function Graph(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const core = useRef<Core>();
  const choose = useRef(props.onSelect);
  choose.current = props.onSelect;
  const shown = useRef(props.selected);
  shown.current = props.selected;

  useEffect(() => {
    const made = cytoscape({ container: box.current!, style: style(), minZoom: 0.05, maxZoom: 3, autoungrabify: true, boxSelectionEnabled: false });
    made.on("tap", "node", (event) => choose.current((event.target as cytoscape.NodeSingular).id()));
    core.current = made;
    (box.current as HTMLDivElement & { graph?: Core }).graph = made;
    const restyle = () => made.style(style());
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", restyle);
    addEventListener("lofting-theme", restyle);
    const observer = new ResizeObserver(() => {
      made.resize();
      settle(made);
      approach(made, shown.current);
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", restyle);
      removeEventListener("lofting-theme", restyle);
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const made = core.current!;
    const all = elements(props);
    const places = positions(all);
    made.batch(() => {
      made.elements().remove();
      made.add(all.map((one) => (one.data.source ? one : { ...one, position: { ...places.get(one.data.id!)! } })));
    });
    settle(made);
    mark(made, props.selected);
    approach(made, props.selected);
  }, [props.entities, props.relations]);

  useEffect(() => {
    mark(core.current!, props.selected);
    approach(core.current!, props.selected);
  }, [props.selected]);

  const zoom = (factor: number) => {
    const made = core.current!;
    made.zoom({ level: made.zoom() * factor, renderedPosition: { x: made.width() / 2, y: made.height() / 2 } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const pan: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const by = pan[event.key];
    if (by) core.current!.panBy({ x: by[0], y: by[1] });
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") core.current!.fit(undefined, 24);
    else return;
    event.preventDefault();
  };
  return (
    <div class="graph-frame no-print">
      <div ref={box} class="graph" tabIndex={0} role="img" onKeyDown={onKeyDown}
        aria-label={`Graph of ${props.entities.length} entities. Arrow keys pan, plus and minus zoom, 0 fits. The list holds the same entities and relations.`} />
      <div class="graph-tools" role="group" aria-label="Zoom">
        <button type="button" onClick={() => zoom(1.25)} aria-label="Zoom in">+</button>
        <button type="button" onClick={() => zoom(0.8)} aria-label="Zoom out">−</button>
        <button type="button" onClick={() => core.current!.fit(undefined, 24)} aria-label="Fit the graph">fit</button>
      </div>
    </div>
  );
}

