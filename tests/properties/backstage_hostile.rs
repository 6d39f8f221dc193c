//! Scaffolder templates that ask for more time, memory or output than anybody has.

use std::time::{Duration, Instant};

use lofting::Value;
use lofting::backstage::scaffolder::{Mode, TemplateHost, render};
use lofting::lang::jinja::Context;
use serde_json::json;

/// The longest time and the longest answer.
const TIME: Duration = Duration::from_secs(60);
const MOST: usize = 64 << 20;

/// A list of lists that spells out 2^60 items, and a text of 16 MiB.
const DOUBLED: &str = "{% set x=[1] %}{% for i in range(60) %}{% set x=[x,x] %}{% endfor %}";
const LONG: &str = "{% set x='aaaaaaaaaaaaaaaa' %}{% for i in range(20) %}{% set x=x~x %}{% endfor %}";
const WIDE: &str = "{% set x='é' %}{% for i in range(22) %}{% set x=x~x %}{% endfor %}";
const SOME: &str = "{% set x='aaaaaaaaaaaaaaaa' %}{% for i in range(11) %}{% set x=x~x %}{% endfor %}";

/// Uses of the doubled list that have to walk it; every era stops at each.
const WALKS: &[&str] = &[
    "${{ x | dump }}",
    "${{ x }}",
    "${{ x == 1 }}",
    "${{ x | length }}",
    "${{ x | join }}",
    "${{ x | string }}",
    "${{ x | sort }}",
    "${{ [].concat(x) | length }}",
    "${{ [3].push(x) }}",
    "${{ x.indexOf(1) }}",
    "${{ {'a': x}[x] }}",
    "${{ range(x) }}",
    "${{ +x }}",
    "${{ x ~ '' }}",
    "${{ x is defined }}",
    "${{ x | parseRepoUrl }}",
];

/// Whole templates; what they come to matters less than that they come to it.
const OTHERS: &[(&str, &str)] = &[
    ("", "{% for i in range(150000) %}{% set x=[x] %}{% endfor %}ok"),
    ("", "{% for i in range(150000) %}{% set x={'a': x} %}{% endfor %}ok"),
    ("", "{% for i in range(150000) %}{% set x=[x].push %}{% endfor %}ok"),
    ("", "{% set c=[] %}{% set r=c %}{% for i in range(90000) %}{% set n=[] %}{% if c.push(n) %}{% endif %}{% set c=n %}{% endfor %}ok"),
    ("", "{% macro f(x, n) %}{% if n > 0 %}${{ f(x ~ x, n - 1) }}{% else %}${{ x | length }}{% endif %}{% endmacro %}${{ f('aaaa', 60) }}"),
    ("", "{% macro f(x, n) %}{% if n > 0 %}${{ f([x, x], n - 1) }}{% else %}${{ x }}{% endif %}{% endmacro %}${{ f([1], 60) }}"),
    (LONG, "{% for i in range(100000) %}{% set y=x|upper %}{% endfor %}"),
    (LONG, "{% set l=[] %}{% for i in range(100000) %}{% if l.push(x ~ i) %}{% endif %}{% endfor %}"),
    (LONG, "${{ x | replace('a', x) | length }}"),
    (LONG, "${{ x | replace('', x) | length }}"),
    (LONG, "${{ x.replace(r/a/g, x).length }}"),
    (LONG, "${{ range(90000) | join(x) | length }}"),
    (LONG, "${{ x | list | length }}"),
    (LONG, "${{ range('a', 'b', 'a') | length }}"),
    (LONG, "{% for i in range(500) %}{% set y=[1] | slice(1000000) %}{% endfor %}"),
    (WIDE, "{% for i in range(100000) %}{% set y=x[100000] %}{% endfor %}"),
    (WIDE, "${{ x[0:10000000:1] | length }}"),
    (SOME, "{% for i in range(100000) %}{% set y=r/(?=a)(a*)*b/.test(x) %}{% endfor %}"),
    (SOME, "${{ x.replace(r/(a*)*\\1b|a/g, '') }}"),
    (SOME, "{% for i in range(20000) %}{% set y='a'.match('(?:.{1000}){3}' ~ i) %}{% endfor %}"),
];

fn rendered(template: &str, mode: Mode) -> Value {
    let begun = Instant::now();
    let answer = render::render(&json!({"v": template}), &Context::new(&serde_json::Map::new()), mode, &TemplateHost::for_steps());
    let took = begun.elapsed();
    assert!(took < TIME, "{mode:?} {template}: {took:?}");
    let value = answer.value.unwrap_or_default();
    assert!(value.to_string().len() < MOST, "{mode:?} {template}");
    value["v"].clone()
}

#[test]
fn lists_that_double_are_paid_for_item_by_item() {
    for mode in [Mode::Native, Mode::Json, Mode::Legacy] {
        for walk in WALKS {
            let template = format!("{DOUBLED}{walk}");
            assert_eq!(rendered(&template, mode), json!(template), "{mode:?}: a template that is stopped is kept as written");
        }
        assert_eq!(rendered(&format!("{DOUBLED}-${{{{ x.length }}}}"), mode), json!("-2"), "what nobody walks costs nothing");
    }
}

#[test]
fn hostile_templates_end_soon_and_small() {
    for mode in [Mode::Native, Mode::Json, Mode::Legacy] {
        for (prefix, template) in OTHERS {
            rendered(&format!("{prefix}{template}"), mode);
        }
    }
}

#[test]
fn heavy_regexes_are_refused_before_they_are_compiled() {
    let many: String = (0..2_000).map(|at| format!("${{{{ r/(?:\\w{{1000}}){{{}}}/.test('a') }}}}", at % 9 + 1)).collect();
    assert_eq!(rendered(&many, Mode::Native), json!(many));
}
