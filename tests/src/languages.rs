//! Every small language on arbitrary bytes: what the fuzz targets and the properties run.
//!
//! A body returns when nothing is wrong; what it asserts holds for every input.

use lofting::lang::expr::{Env, ResultType};
use lofting::lang::{Limits, cron, expr, fasttemplate, glob, gotemplate, jinja, jq, jsonpath, jsonschema, lua};
use lofting::yaml::{self, Dialect};
use lofting::{Map, Value, kube};

/// A language and what is done with some bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them, by name.
pub const TARGETS: &[Target] = &[
    ("cron", cron_schedule),
    ("duration", duration),
    ("expr", expr_condition),
    ("fasttemplate", fast_template),
    ("glob", globs),
    ("gotemplate", go_template),
    ("jinja", jinja_template),
    ("jq", jq_paths),
    ("jsonpatch", json_patch),
    ("jsonpath", json_path),
    ("jsonschema", json_schema),
    ("lua", lua_script),
    ("quantity", quantity),
    ("selector", selector),
    ("strategicmerge", strategic_merge),
    ("yaml-backstage", yaml_backstage),
    ("yaml-kubernetes", yaml_kubernetes),
];

/// The body of a language.
pub fn target(name: &str) -> Option<fn(&[u8])> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, body)| *body)
}

/// Small limits, so that a hostile program ends soon.
fn limits() -> Limits {
    Limits { depth: 100, steps: 100_000, output: 1 << 20 }
}

/// The program and its input, apart at the first NUL.
fn halves(data: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split_once('\0').unwrap_or((text, "")))
}

/// The text as JSON, or an object with a bit of everything.
fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::json!({"a": {"b": [1, 2.5, "x", null, true]}, "c": "text", "d": []}))
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn yaml_text(data: &[u8], dialect: Dialect) {
    let Ok(documents) = yaml::parse_bytes(data, dialect) else { return };
    for document in documents {
        for comment in document.comments() {
            assert_eq!(data.get(comment.span.start), Some(&b'#'), "a comment starts with its sign");
        }
        let text = yaml::emit(document.value());
        // A key `<<` is written bare, as upstream does, and then merges when it is read.
        if text.contains("<<") {
            continue;
        }
        // Upstream takes a text for JSON that begins with a brace after any white space of Unicode, and writes such scalars bare.
        if text.starts_with(|first: char| !first.is_ascii() && first.is_whitespace()) && text.trim_start().starts_with('{') {
            continue;
        }
        let again = yaml::parse(&text, Dialect::Kubernetes).expect("what was written can be read");
        let value = again.first().map_or(Value::Null, |document| document.value().clone());
        assert_eq!(text, yaml::emit(&value), "writing is stable");
    }
}

fn yaml_kubernetes(data: &[u8]) {
    yaml_text(data, Dialect::Kubernetes);
}

fn yaml_backstage(data: &[u8]) {
    yaml_text(data, Dialect::Backstage);
}

fn go_template(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    let Ok(template) = gotemplate::Template::compile(source, &gotemplate::Options::default()) else { return };
    let first = template.render(&gotemplate::Data::from_json(&document(input)));
    let second = template.render(&gotemplate::Data::from_json(&document(input)));
    assert_eq!(first.is_ok(), second.is_ok(), "rendering again gives the same");
}

fn fast_template(data: &[u8]) {
    let Some((source, value)) = halves(data) else { return };
    let Ok(template) = fasttemplate::Template::compile(source) else { return };
    assert_eq!(template.render(|_| None).ok().as_deref(), Some(source), "unknown tags stay");
    let tags = template.tags().count();
    let bound = source.len() + tags * value.len();
    assert!(template.render(|_| Some(value)).is_ok_and(|text| text.len() <= bound), "output is bounded by the values");
}

fn expr_condition(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    let Ok(result) = ResultType::Json.value(&document(input)) else { return };
    let env = Env::condition(result);
    let Ok(program) = expr::Program::compile(source, &env, limits()) else { return };
    let first = program.eval(&env).map(|value| format!("{value:?}"));
    let second = program.eval(&env).map(|value| format!("{value:?}"));
    assert_eq!(first.is_ok(), second.is_ok(), "evaluating again gives the same");
}

fn jq_paths(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    let Ok(program) = jq::Program::compile(source, limits()) else { return };
    let document = document(input);
    // Argo CD writes the rule into a query of its own; `1)+(2` is two of them there and none alone.
    let alone = program.run(&document).is_ok();
    // Ignore rules delete from objects only.
    if alone && document.is_object() && program.paths(&document).is_ok_and(|paths| paths.is_empty()) {
        let kept = program.delete(&document).expect("nothing to delete");
        // Numbers come out as Go writes them.
        let same = jq::Program::compile(".", limits()).and_then(|same| same.run(&document)).expect("the document");
        assert_eq!([kept].as_slice(), same.as_slice(), "without a path nothing goes");
    }
}

fn globs(data: &[u8]) {
    let Some((pattern, text)) = halves(data) else { return };
    glob::gobwas::matches(pattern, text, &[]);
    glob::gobwas::matches(pattern, text, &['/']);
    glob::regexp2::matches(pattern, text);
    drop(glob::path_match(pattern, text));
    drop(glob::doublestar(pattern, text));
    drop(glob::pathspec(pattern, &[text]));
    if let Ok(pattern) = glob::minimatch::Minimatch::compile(pattern) {
        pattern.matches(text);
    }
}

fn cron_schedule(data: &[u8]) {
    let Some((source, _)) = halves(data) else { return };
    let Ok(schedule) = cron::Schedule::parse_standard(source) else { return };
    let zone = cron::load_location("Europe/Berlin").expect("a bundled zone");
    let after = 1_750_000_000;
    if let Ok(Some(next)) = schedule.next_second(after, &zone) {
        assert!(next > after || source.trim_start().starts_with('@'), "the next time is later");
    }
}

fn duration(data: &[u8]) {
    let Some((text, _)) = halves(data) else { return };
    if let Ok(nanoseconds) = kube::duration::parse(text) {
        let printed = kube::duration::format(nanoseconds);
        assert_eq!(kube::duration::parse(&printed).ok(), Some(nanoseconds), "printing loses nothing");
    }
    let percent = kube::int_or_percent::IntOrString::parse(text);
    drop(percent.scaled_value(100, true));
    kube::names::qualified_name(text);
    kube::names::dns1123_subdomain(text);
    kube::names::sanitize(text);
}

fn quantity(data: &[u8]) {
    let Some((one, two)) = halves(data) else { return };
    let Ok(one) = kube::quantity::Quantity::parse(one) else { return };
    let printed = one.canonical();
    match kube::quantity::Quantity::parse(&printed) {
        Ok(again) => assert_eq!(again.canonical(), printed, "the canonical form is canonical"),
        // It may have a digit more than is read without big integers, and with them upstream never ends.
        Err(error) => assert_eq!(error.code, "limit", "the canonical form can be read"),
    }
    if let Ok(two) = kube::quantity::Quantity::parse(two) {
        drop(one.add(&two));
        assert_eq!(one.cmp(&two), two.cmp(&one).reverse(), "comparing is antisymmetric");
    }
}

fn selector(data: &[u8]) {
    let Some((text, labels)) = halves(data) else { return };
    let labels = members(document(labels));
    if let Ok(selector) = kube::selector::parse(text) {
        selector.matches(&labels);
    }
    drop(kube::selector::LabelSelector::from_value(&document(text)));
}

fn json_patch(data: &[u8]) {
    let Some((patch, input)) = halves(data) else { return };
    let before = document(input);
    if let Ok(patch) = serde_json::from_str::<Value>(patch) {
        drop(kube::json_patch::apply(before.clone(), &patch));
        drop(kube::merge_patch::apply_document(before.clone(), patch.clone()));
        let (one, other) = (members(before), members(patch));
        let between = kube::merge_patch::diff(&one, &other);
        let mut patched = one;
        kube::merge_patch::apply(&mut patched, between.clone());
        assert!(kube::merge_patch::diff(&patched, &other).len() <= between.len(), "a merge patch leads towards its aim");
    }
}

fn strategic_merge(data: &[u8]) {
    let Some((one, other)) = halves(data) else { return };
    let Some(ty) = kube::structs::structs().kind("apps", "v1", "Deployment") else { return };
    let (one, other) = (members(document(one)), members(document(other)));
    let Ok(patch) = kube::strategic_merge::diff(&one, &other, ty) else { return };
    let mut patched = one.clone();
    drop(kube::strategic_merge::apply(&mut patched, patch, ty));
    drop(kube::strategic_merge::three_way(&one, &other, &patched, ty));
}

fn json_path(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    if let Ok(program) = jsonpath::Program::compile(source, limits()) {
        drop(program.eval(&document(input)));
    }
}

fn json_schema(data: &[u8]) {
    let Some((schema, input)) = halves(data) else { return };
    let (schema, instance) = (document(schema), document(input));
    drop(jsonschema::node::validate(&instance, &schema));
    if let Ok(schema) = jsonschema::ajv::Library::default().compile(&schema) {
        let first = schema.validate(&instance);
        assert_eq!(first.is_none(), schema.validate_all(&instance).is_empty(), "one violation or none, either way");
    }
}

fn lua_script(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    let Ok(program) = lua::Program::compile(source) else { return };
    let limits = lua::Limits { steps: 50_000, bytes: 8 << 20 };
    let options = lua::Options { open_libs: true, now: Some(0), limits };
    drop(program.run(&[("obj", &document(input))], &options));
}

fn jinja_template(data: &[u8]) {
    let Some((source, input)) = halves(data) else { return };
    let Ok(context) = jinja::Context::new(&members(document(input))) else { return };
    let limits = jinja::Limits { work_units: 50_000, output_code_units: 1 << 18, nesting_depth: 100, ..jinja::Limits::default() };
    for options in [jinja::Options::default(), jinja::Options { legacy: true, ..jinja::Options::default() }] {
        let Ok(template) = jinja::Template::parse(source, &options) else { continue };
        let first = template.render(&context, &jinja::NoHost, limits);
        let second = template.render(&context, &jinja::NoHost, limits);
        assert_eq!(first.is_ok(), second.is_ok(), "rendering again gives the same");
    }
}
