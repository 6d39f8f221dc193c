//! The fields of a form that choose from the catalog (plugin-scaffolder 1.39.0), checked against one.

use serde_json::Value;

use crate::backstage::catalog::query::{FieldTest, Index, Predicate};
use crate::backstage::catalog::reference::{Defaults, EntityRef};
use crate::text::{Diagnostic, pointer};

/// The fields that the scaffolder brings along.
pub const FIELDS: &[&str] = &[
    "EntityNamePicker",
    "EntityPicker",
    "EntityTagsPicker",
    "MultiEntityPicker",
    "MyGroupsPicker",
    "OwnedEntityPicker",
    "OwnerPicker",
    "RepoBranchPicker",
    "RepoOwnerPicker",
    "RepoUrlPicker",
    "Secret",
];
/// How deep a form may nest.
const MAX_DEPTH: usize = 50;

/// A field that names a picker.
#[derive(Debug, Clone)]
pub struct Picker<'a> {
    /// JSON pointer to the field, from the document that holds the form.
    pub path: String,
    /// Where its value is: the names of members.
    pub name: Vec<String>,
    /// `ui:field`.
    pub field: &'a str,
    /// The field's schema.
    pub schema: &'a Value,
}

/// The pickers of `spec.parameters`, which lies at `base`.
pub fn pickers<'a>(parameters: &'a Value, base: &str) -> Vec<Picker<'a>> {
    let mut found = Vec::new();
    match parameters {
        Value::Array(pages) => {
            pages.iter().enumerate().for_each(|(at, page)| walk(page, &pointer::join(base, at), &mut Vec::new(), 0, &mut found));
        }
        page => walk(page, base, &mut Vec::new(), 0, &mut found),
    }
    found
}

fn walk<'a>(schema: &'a Value, path: &str, name: &mut Vec<String>, depth: usize, found: &mut Vec<Picker<'a>>) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(field) = schema.get("ui:field").and_then(Value::as_str) {
        found.push(Picker { path: path.to_owned(), name: name.clone(), field, schema });
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (key, member) in properties {
            name.push(key.clone());
            walk(member, &pointer::join(&format!("{path}/properties"), key), name, depth + 1, found);
            name.pop();
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (at, part) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            walk(part, &format!("{path}/{key}/{at}"), name, depth + 1, found);
        }
    }
    for key in ["then", "else"] {
        if let Some(part) = schema.get(key) {
            walk(part, &format!("{path}/{key}"), name, depth + 1, found);
        }
    }
    for (key, part) in schema.get("dependencies").and_then(Value::as_object).into_iter().flatten() {
        walk(part, &pointer::join(&format!("{path}/dependencies"), key), name, depth + 1, found);
    }
}

impl Picker<'_> {
    /// It gives references to entities.
    fn gives_entities(&self) -> bool {
        matches!(self.field, "EntityPicker" | "MultiEntityPicker" | "MyGroupsPicker" | "OwnedEntityPicker" | "OwnerPicker")
    }

    fn option(&self, key: &str) -> Option<&Value> {
        self.schema.get("ui:options").and_then(|options| options.get(key))
    }

    /// What it offers; none when everything, or when the filter is not known before the form is filled in.
    fn filter(&self) -> Option<Predicate> {
        let kinds = |kinds: Vec<Value>| Predicate::Fields(vec![("kind".to_owned(), FieldTest::In(kinds))]);
        match self.option("catalogFilter") {
            Some(Value::Array(any)) => Some(Predicate::Any(any.iter().map(fields).collect::<Option<Vec<_>>>()?)),
            Some(filter @ Value::Object(_)) => fields(filter),
            Some(_) => None,
            None => match (self.option("allowedKinds").and_then(Value::as_array), self.field) {
                (Some(allowed), _) if !allowed.is_empty() => Some(kinds(allowed.clone())),
                (_, "OwnerPicker") => Some(kinds(vec!["Group".into(), "User".into()])),
                (_, "MyGroupsPicker") => Some(kinds(vec!["Group".into()])),
                _ => None,
            },
        }
    }

    fn reference(&self, text: &str) -> Option<EntityRef> {
        let text_of = |key: &str| self.option(key).and_then(Value::as_str);
        let kind = text_of("defaultKind").or(matches!(self.field, "OwnerPicker" | "MyGroupsPicker").then_some("Group"));
        EntityRef::parse(text, Defaults { kind, namespace: text_of("defaultNamespace") }).ok()
    }

    /// What is wrong with a value; `path` is where it stands.
    fn judge(&self, value: &Value, path: &str, catalog: &Index) -> Option<Diagnostic> {
        let text = value.as_str().filter(|text| !text.is_empty() && !text.contains("{{"))?;
        let name = self.name.join(".");
        let warn = |message: String| Diagnostic::warning("backstage-template-picker", path, message);
        let offered: Vec<String> = match self.filter() {
            Some(filter) => catalog.refs(&filter).unwrap_or_default(),
            None => catalog.all_refs().map(str::to_owned).collect(),
        };
        let Some(reference) = self.reference(text) else {
            return Some(warn(format!("{name}: {text:?} is no reference to an entity")));
        };
        let wanted = reference.canonical();
        if offered.contains(&wanted) {
            return None;
        }
        if catalog.get(&wanted).is_some() {
            return Some(warn(format!("{name}: {wanted} is in the catalog, but the {} does not offer it", self.field)));
        }
        let finding = warn(format!("{name}: {wanted} is not in the catalog"));
        let plain = |reference: &str| reference.rsplit('/').next().unwrap_or_default().to_lowercase();
        let own = plain(&wanted);
        let near = offered.iter().map(|reference| (strsim::damerau_levenshtein(&plain(reference), &own), reference)).min();
        Some(match near {
            Some((distance, near)) if distance <= 2.max(own.len() / 4) => finding.with_help(format!("Did you mean {near}?")),
            _ => finding,
        })
    }
}

/// `catalogFilter` of one alternative: keys with a value, values, or `{exists: true}`.
fn fields(filter: &Value) -> Option<Predicate> {
    let mut tests = Vec::new();
    for (key, value) in filter.as_object()? {
        let test = match value {
            Value::String(text) if text.contains("{{") => return None,
            Value::Array(values) => FieldTest::In(values.clone()),
            Value::Object(members) => FieldTest::Exists(members.get("exists")?.as_bool()?),
            value => FieldTest::Equals(value.clone()),
        };
        tests.push((key.clone(), test));
    }
    Some(Predicate::Fields(tests))
}

/// Pickers that are misspelt, that offer nothing, or whose defaults and choices the catalog does not have.
pub fn check_form(parameters: &Value, base: &str, catalog: Option<&Index>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for picker in pickers(parameters, base) {
        if !FIELDS.contains(&picker.field) {
            let near = FIELDS.iter().map(|known| (strsim::damerau_levenshtein(known, picker.field), *known)).min();
            // Organisations have fields of their own.
            if let Some((1..=2, near)) = near {
                let message = format!("The scaffolder has no field {}; the form shows an error unless the portal adds it", picker.field);
                let finding = Diagnostic::warning("backstage-template-field", format!("{}/ui:field", picker.path), message);
                findings.push(finding.with_help(format!("Did you mean {near}?")));
            }
            continue;
        }
        let Some(catalog) = catalog.filter(|_| picker.gives_entities()) else { continue };
        if let Some(filter) = picker.filter()
            && catalog.refs(&filter).is_ok_and(|offered| offered.is_empty())
        {
            let message = format!("{}: no entity of the catalog fits, so that the {} offers nothing", picker.name.join("."), picker.field);
            findings.push(Diagnostic::warning("backstage-template-picker", picker.path.as_str(), message));
            continue;
        }
        let default = picker.schema.get("default").map(|value| (format!("{}/default", picker.path), value));
        let choices = picker.schema.get("enum").and_then(Value::as_array).into_iter().flatten().enumerate();
        let choices = choices.map(|(at, value)| (format!("{}/enum/{at}", picker.path), value));
        findings.extend(default.into_iter().chain(choices).filter_map(|(path, value)| picker.judge(value, &path, catalog)));
    }
    findings
}

/// Values that name entities which the catalog does not have, or which their pickers do not offer. Pointers are those of `values`.
pub fn check_values(parameters: &Value, values: &Value, catalog: &Index) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for picker in pickers(parameters, "").iter().filter(|picker| picker.gives_entities()) {
        let path = picker.name.iter().fold(String::new(), |path, key| pointer::join(&path, key));
        match values.pointer(&path) {
            Some(Value::Array(items)) => {
                let found = items.iter().enumerate().filter_map(|(at, item)| picker.judge(item, &pointer::join(&path, at), catalog));
                findings.extend(found);
            }
            Some(value) => findings.extend(picker.judge(value, &path, catalog)),
            None => {}
        }
    }
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Index, check_form, check_values};

    fn catalog() -> Index {
        let entity = |kind: &str, name: &str, kind_type: &str| json!({"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": {"type": kind_type}});
        Index::new(vec![entity("Group", "payments", "team"), entity("User", "jo", "x"), entity("Component", "orders", "service")])
    }

    fn form(field: &Value) -> Value {
        json!([{"properties": {"owner": field}}])
    }

    fn messages(form: &Value, values: &Value) -> Vec<String> {
        check_values(form, values, &catalog()).into_iter().map(|finding| format!("{} {}", finding.path, finding.message)).collect()
    }

    #[test]
    fn values_are_looked_up() {
        let owner = form(&json!({"type": "string", "ui:field": "OwnerPicker"}));
        for good in ["payments", "group:default/payments", "user:jo"] {
            assert!(messages(&owner, &json!({"owner": good})).is_empty(), "{good}");
        }
        assert_eq!(messages(&owner, &json!({"owner": "paymnts"})), ["/owner owner: group:default/paymnts is not in the catalog"]);
        let not_offered = "/owner owner: component:default/orders is in the catalog, but the OwnerPicker does not offer it";
        assert_eq!(messages(&owner, &json!({"owner": "component:orders"})), [not_offered]);
        let near = check_values(&owner, &json!({"owner": "paymnts"}), &catalog());
        assert_eq!(near.first().and_then(|finding| finding.help.as_deref()), Some("Did you mean group:default/payments?"));
        let many = form(&json!({"ui:field": "MultiEntityPicker", "ui:options": {"catalogFilter": {"kind": "Component"}}}));
        assert_eq!(
            messages(&many, &json!({"owner": ["component:orders", "component:x"]})),
            ["/owner/1 owner: component:default/x is not in the catalog"]
        );
    }

    #[test]
    fn filters_that_offer_nothing_are_found() {
        let picker = |filter: Value| form(&json!({"ui:field": "EntityPicker", "ui:options": {"catalogFilter": filter}}));
        let index = catalog();
        let found = |form: &Value| check_form(form, "/spec/parameters", Some(&index)).len();
        assert_eq!(found(&picker(json!({"kind": "Component", "spec.type": "service"}))), 0);
        assert_eq!(found(&picker(json!([{"kind": "Component", "spec.type": ["website", "library"]}, {"kind": "API"}]))), 1);
        assert_eq!(found(&picker(json!({"kind": "Group", "spec.lifecycle": {"exists": true}}))), 1);
        assert_eq!(found(&form(&json!({"ui:field": "OwnerPiker"}))), 1);
        assert_eq!(found(&form(&json!({"ui:field": "OurOwnThing"}))), 0);
    }
}
