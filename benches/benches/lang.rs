//! The small languages on the inputs that the Go libraries are timed on: compiled and run, and compiled once.
//!
//! Each answer is compared with upstream's before anything is timed.
#![allow(clippy::expect_used, missing_docs)]

use criterion::{BatchSize, Criterion, criterion_group};
use lofting::lang::expr::{self, Env, ResultType};
use lofting::lang::glob::gobwas::Glob;
use lofting::lang::gotemplate::{Data, Options, Template};
use lofting::lang::{Limits, cron, jq};
use lofting::{Value, wire};
use lofting_benches::{LANGUAGES, Processor};
use std::hint::black_box;

/// The inputs of a language: the name of the row, and the operation's input.
fn inputs(language: &str) -> Vec<(String, Value)> {
    let (_, op, lines, answers) = LANGUAGES.into_iter().find(|(name, ..)| *name == language).expect("a language");
    let read = |lines: &str| lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
    let mut named = Vec::new();
    for (mut input, expected) in read(lines).into_iter().zip(read(answers)) {
        let name = input.as_object_mut().and_then(|members| members.shift_remove("name")).expect("a name");
        let name = name.as_str().expect("a name").to_owned();
        assert_eq!(wire::call(op, input.clone()).expect("an answer"), expected, "{language}/{name}: not upstream's answer");
        named.push((name, input));
    }
    named
}

fn text<'i>(input: &'i Value, key: &str) -> &'i str {
    input.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `applicationset/utils.Render.Replace`: upstream compiles each time it renders.
fn templates(criterion: &mut Criterion<Processor>) {
    for (name, input) in inputs("gotemplate") {
        let (source, options) = (text(&input, "template"), Options::default());
        let types: Vec<(&str, &str)> = input
            .get("types")
            .and_then(Value::as_object)
            .map_or_else(Vec::new, |all| all.iter().map(|(at, ty)| (at.as_str(), ty.as_str().expect("a type"))).collect());
        let data = Data::typed(&input["data"], types).expect("data");
        criterion.bench_function(&format!("lang/gotemplate/{name}/compile-and-run"), |bencher| {
            bencher.iter(|| Template::compile(black_box(source), &options).expect("a template").render(&data).expect("a text"));
        });
        let template = Template::compile(source, &options).expect("a template");
        criterion.bench_function(&format!("lang/gotemplate/{name}/run"), |bencher| {
            bencher.iter(|| template.render(black_box(&data)).expect("a text"));
        });
    }
}

/// `evaluate.EvalCondition`, and `expr.Run` of what was compiled.
fn conditions(criterion: &mut Criterion<Processor>) {
    for (name, input) in inputs("expr") {
        let (source, result) = (text(&input, "expr"), &input["env"]["result"]);
        let ty = ResultType::of(input["types"]["result"].as_str().unwrap_or_default()).expect("a type");
        criterion.bench_function(&format!("lang/expr/{name}/compile-and-run"), |bencher| {
            bencher.iter_batched(
                || ty.value(result).expect("a result"),
                |result| expr::eval_condition(&Env::condition(result), black_box(source)).expect("a verdict"),
                BatchSize::SmallInput,
            );
        });
        let env = Env::condition(ty.value(result).expect("a result"));
        let program = expr::Program::compile(source, &env, Limits::default()).expect("a program");
        criterion
            .bench_function(&format!("lang/expr/{name}/run"), |bencher| bencher.iter(|| program.eval(black_box(&env)).expect("a value")));
    }
}

/// `gojq.Parse` and `Compile` of `del(…)`, and its run on a value.
fn queries(criterion: &mut Criterion<Processor>) {
    for (name, input) in inputs("jq") {
        let (source, document) = (text(&input, "expr"), &input["input"]);
        criterion.bench_function(&format!("lang/jq/{name}/compile"), |bencher| {
            bencher.iter(|| jq::Program::compile(black_box(source), Limits::default()).expect("a program"));
        });
        let program = jq::Program::compile(source, Limits::default()).expect("a program");
        criterion.bench_function(&format!("lang/jq/{name}/run"), |bencher| {
            bencher.iter(|| program.delete(black_box(document)).expect("a document"))
        });
    }
}

/// gobwas/glob, and robfig/cron.
fn scalars(criterion: &mut Criterion<Processor>) {
    for (name, input) in inputs("glob") {
        let (pattern, subject) = (text(&input, "pattern"), text(&input, "text"));
        let separators: Vec<char> = text(&input, "separators").chars().collect();
        criterion.bench_function(&format!("lang/glob/{name}/compile-and-run"), |bencher| {
            bencher.iter(|| Glob::compile(black_box(pattern), &separators).expect("a glob").matches(subject));
        });
        let glob = Glob::compile(pattern, &separators).expect("a glob");
        criterion.bench_function(&format!("lang/glob/{name}/run"), |bencher| bencher.iter(|| glob.matches(black_box(subject))));
    }
    for (name, input) in inputs("cron") {
        let source = text(&input, "schedule");
        let zone = cron::load_location(text(&input, "timezone")).expect("a zone");
        let from: jiff::Timestamp = text(&input, "from").parse().expect("a time");
        criterion.bench_function(&format!("lang/cron/{name}/compile-and-run"), |bencher| {
            bencher.iter(|| {
                cron::Schedule::parse_standard(black_box(source)).expect("a schedule").next_second(from.as_second(), &zone).expect("a time")
            });
        });
        let schedule = cron::Schedule::parse_standard(source).expect("a schedule");
        criterion.bench_function(&format!("lang/cron/{name}/run"), |bencher| {
            bencher.iter(|| schedule.next_second(black_box(from.as_second()), &zone).expect("a time"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(20);
    targets = templates, conditions, queries, scalars
}
