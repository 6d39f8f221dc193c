import type { ViewProps } from "../app";
import { plural, short } from "../model";
import { Status } from "../parts/status";
import { Table } from "../parts/table";
import { href } from "../routing";

/** The documentation of each entity, as TechDocs would find it. */
export function DocsView({ model }: ViewProps) {
  return (
    <>
      <p class="lead">Whether the documentation that an entity points to would be found and built.</p>
      <Table label="TechDocs" rows={model.preview.techdocs ?? []} id={(docs) => docs.entity} heads={["Entity", "Site", "State", "Folder", "Pages"]} cells={(docs) => [
        <a href={href("catalog", docs.entity)}><b>{short(docs.entity)}</b></a>,
        docs.siteName ?? "",
        docs.problems.length === 0
          ? docs.folder === undefined ? <><Status word="unknown" /> <span class="quiet">the reference leads elsewhere</span></> : <Status word="ok" />
          : <><Status word="warning" /> {plural(docs.problems.length, "problem")}<ul class="notes">{docs.problems.map((one) => <li key={one}>{one}</li>)}</ul></>,
        <code>{docs.folder ?? docs.reference}</code>,
        docs.pages,
      ]} />
    </>
  );
}
