// Checked by tsc, never run: what index.d.ts promises.
import lofting, { Catalog, health, lang, LoftingError, Platform } from "../index.mjs";

const answer = health.assess({ object: { kind: "Pod" } });
if (answer !== null) {
  const status: string = answer.status;
  void status;
}
const later: Promise<unknown> = health.assess.async({ object: {} });
void later;
const names: string[] = lofting.operations();
void names;
try {
  lang.quantity({ text: "1" });
} catch (error) {
  if (error instanceof LoftingError) {
    const code: string = error.code;
    void code;
  }
}
// @ts-expect-error the object is required
health.assess({});

const catalog = new Catalog({ entities: [] });
const unowned: string[] = catalog.coverage().unowned;
void unowned;
const opened: Promise<Platform> = Platform.open({ files: [] });
void opened;
{
  using kept = catalog;
  void kept.query.async({ filter: ["kind=component"] });
}
// @ts-expect-error the new entities are required
catalog.diff({});
