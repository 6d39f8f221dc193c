import type { ViewProps } from "../app";
import { plural, short } from "../model";
import { Empty, Facts, Section } from "../parts/controls";
import { Place } from "../parts/source";
import { href } from "../routing";

/** Software templates: what they ask, what they do, what they give. */
export function Templates({ model }: ViewProps) {
  const all = model.preview.templates;
  if (all.length === 0) return <Empty title="No template here">Files with <code>apiVersion: scaffolder.backstage.io/v1beta3</code> appear here.</Empty>;
  return (
    <>
      {all.map((template) => (
        <section key={template.ref} class="template" aria-label={template.title}>
          <header class="detail-head"><h3>{template.title}</h3></header>
          <Facts rows={[
            ["Entity", <a href={href("catalog", template.ref)}>{template.ref}</a>],
            ["Owner", template.owner && <a href={href("catalog", template.owner)}>{short(template.owner)}</a>],
            ["Gives", template.outputs.join(", ")],
            ["Written at", template.location && <Place at={template.location} />],
          ]} />
          <Section title="Form" note={plural(template.pages.length, "page")}>
            <ol class="pages">{template.pages.map((page) => (
              <li key={page.title}><h4>{page.title}</h4>
                <ul class="plain">{page.fields.map((field) => <li key={field.name}><b>{field.name}</b>{field.required && <span title="required" aria-label="required">*</span>} <span class="quiet">{field.picker ?? field.type}</span></li>)}</ul>
              </li>))}
            </ol>
          </Section>
          <Section title="Steps">
            <ol class="chain">{template.steps.map((step) => <li key={step.id}><b>{step.name}</b><code>{step.action}</code>{step.if && <span class="quiet">if <code>{step.if}</code></span>}</li>)}</ol>
          </Section>
        </section>
      ))}
    </>
  );
}
