//! Backstage: from text to verdict and relations, rendering, dry runs, questions to a catalog of 10,000 entities.
//!
//! The same inputs as `peers/node/backstage.cjs`, which times the npm packages on them.
#![allow(clippy::expect_used, missing_docs)]

use std::cell::LazyCell;
use std::hint::black_box;

use criterion::{Criterion, criterion_group};
use lofting::Value;
use lofting::backstage::catalog::check::{BASE_URL, SourceFile as Text, check};
use lofting::backstage::catalog::query::{Index, Query, Route, answer};
use lofting::backstage::scaffolder::actions::Registry;
use lofting::backstage::scaffolder::dry_run::{DryRun, SourceFile};
use lofting::backstage::scaffolder::{Mode, TemplateHost, render};
use lofting::lang::jinja::Context;
use lofting_benches::Processor;

const SMALL: &str = include_str!("../inputs/backstage/catalog-small.yaml");
const MEDIUM: &str = include_str!("../inputs/backstage/catalog-medium.yaml");
/// How often the medium catalog makes the large one.
const REPEATS: usize = 20;
/// Entities of the catalog that is asked.
const ENTITIES: usize = 10_000;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a committed input")
}

/// Every document judged, and the relations of those accepted.
fn verdict(text: &str) -> usize {
    let verdicts = check(&[Text { path: "catalog-info.yaml", text }], &[], BASE_URL);
    let accepted = verdicts.iter().filter_map(|verdict| verdict.outcome.as_ref().ok());
    accepted.map(|accepted| accepted.relations.len()).sum()
}

fn verdicts(criterion: &mut Criterion<Processor>) {
    let large = vec![MEDIUM; REPEATS].join("---\n");
    for (name, text, entities) in [("small", SMALL, 1), ("medium", MEDIUM, 50), ("large", &large, 50 * REPEATS)] {
        assert_eq!(verdict(text), entities * 18, "{name}: each Component has nine references");
        criterion.bench_function(&format!("backstage-verdict-{name}"), |bencher| bencher.iter(|| verdict(black_box(text))));
    }
}

fn rendering(criterion: &mut Criterion<Processor>) {
    let context = json(include_str!("../inputs/backstage/render-context.json"));
    let context = Context::new(context.as_object().expect("names")).expect("a context");
    let host = TemplateHost::for_steps();
    let texts = [
        ("small", include_str!("../inputs/backstage/render-small.txt")),
        ("medium", include_str!("../inputs/backstage/render-medium.txt")),
        ("large", include_str!("../inputs/backstage/render-large.txt")),
    ];
    for (name, text) in texts {
        let once = || render::render_string(black_box(text), &context, Mode::Native, &host).expect("a value");
        assert!(once().is_some_and(|value| value.as_str().is_some_and(|text| text.contains("my-app") || text.contains("MY-APP"))));
        criterion.bench_function(&format!("backstage-render-{name}"), |bencher| bencher.iter(once));
    }
}

fn dry_runs(criterion: &mut Criterion<Processor>) {
    let registry = Registry::built_in().expect("the actions");
    let inputs = [
        ("dryrun-1-step", include_str!("../inputs/backstage/dryrun-1-step.json"), 0),
        ("dryrun-100-files", include_str!("../inputs/backstage/dryrun-100-files.json"), 100),
    ];
    for (name, text, made) in inputs {
        let input = json(text);
        let part = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
        let file = |file: &Value| SourceFile { path: part(file, "path"), bytes: part(file, "text").into_bytes(), ..SourceFile::default() };
        let files: Vec<SourceFile> = input["files"].as_array().expect("files").iter().map(file).collect();
        let values = input["values"].as_object().expect("values").clone();
        let run = DryRun { files: &files, template: "template.yaml", values, ..DryRun::default() };
        let once = || run.run(registry).expect("a run");
        assert_eq!(once().files.len(), made);
        criterion.bench_function(&format!("backstage-{name}"), |bencher| bencher.iter(once));
    }
}

/// The base repeated: round i adds `-i` to each name, uids are numbered on.
fn catalog() -> Index {
    let base = json(include_str!("../inputs/backstage/query-base.json"));
    let base = base.as_array().expect("entities");
    let entity = |at: usize| {
        let mut entity = base[at % base.len()].clone();
        let name = format!("{}-{}", entity["metadata"]["name"].as_str().unwrap_or_default(), at / base.len());
        entity["metadata"]["name"] = name.into();
        entity["metadata"]["uid"] = format!("00000000-0000-4000-8000-{:012}", at + 1).into();
        entity
    };
    Index::new((0..ENTITIES).map(entity).collect())
}

fn questions(criterion: &mut Criterion<Processor>) {
    let index = LazyCell::new(catalog);
    let questions = json(include_str!("../inputs/backstage/query-questions.json"));
    for (at, question) in questions.as_array().expect("questions").iter().enumerate() {
        let texts = |key: &str| -> Vec<String> {
            question[key].as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let route = match question["route"].as_str() {
            Some("facets") => Route::Facets,
            Some("entities") => Route::Entities,
            _ => Route::ByQuery,
        };
        let full_text = question.get("fullTextFilter").map(|filter| {
            let fields = filter["fields"].as_array().into_iter().flatten().filter_map(|field| field.as_str().map(str::to_owned)).collect();
            (filter["term"].as_str().map(str::to_owned), Some(fields))
        });
        let query = Query {
            route,
            filter: texts("filter"),
            query: question.get("query").cloned(),
            order_field: texts("orderField"),
            full_text,
            limit: question["limit"].as_i64(),
            facets: texts("facets"),
            ..Query::default()
        };
        let once = || answer(&index, &query).expect("an answer");
        criterion.bench_function(&format!("backstage-query-{at}"), |bencher| {
            LazyCell::force(&index);
            bencher.iter(once);
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(20);
    targets = verdicts, rendering, dry_runs, questions
}
