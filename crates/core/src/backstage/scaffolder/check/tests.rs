use serde_json::json;

use super::{Registry, SourceFile, check_with};
use crate::backstage::catalog::query::Index;

const HEAD: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: t
spec:
  type: service
  parameters:
    - properties:
        name: {type: string}
        count: {type: integer}
        flag: {type: boolean}
        env: {type: string, enum: [production, staging]}
        choice: {type: string, enum: ['yes', 'no']}
        list: {type: array, items: {type: object, properties: {id: {type: string}}}}
        owner: {type: string, ui:field: OwnerPicker}
";

/// `line:column code message` of each finding, without those of fields that are not read.
fn found(rest: &str) -> Vec<String> {
    found_in(format!("{HEAD}{rest}"))
}

fn found_in(text: String) -> Vec<String> {
    let files = [SourceFile { path: "template.yaml".to_owned(), bytes: text.into_bytes(), ..SourceFile::default() }];
    let registry = Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
    let index = Index::new(vec![json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "team"}})]);
    let findings = check_with(&files, "template.yaml", registry, Some(&index)).unwrap_or_else(|error| panic!("{error}"));
    findings
        .into_iter()
        .filter(|finding| finding.code != "backstage-template-unused-parameter")
        .map(|finding| {
            let place = finding.location.as_ref().map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
            format!("{place} {} {}", finding.code.trim_start_matches("backstage-template-"), finding.message)
        })
        .collect()
}

fn step(rest: &str) -> Vec<String> {
    found(&format!("  steps:\n    - id: one\n      action: debug:log\n{rest}"))
}

#[test]
fn a_reference_is_shown_where_it_stands() {
    let message = "      input: {message: 'a ${{ parameters.name }} and ${{ parameters.nam }}'}\n";
    assert_eq!(step(message), ["19:58 unknown-parameter The form asks for no nam"]);
    let block = "      input:\n        message: |\n          first ${{ parameters.name }}\n          then ${{ steps.two.output.x }}\n";
    assert_eq!(step(block), ["22:20 unknown-step There is no step two"]);
    assert_eq!(step("      input: {message: '${{ parameters.name | uper }}'}\n"), ["19:47 filter There is no filter uper"]);
}

#[test]
fn each_needs_a_list() {
    assert_eq!(
        step("      each: ${{ parameters.name }}\n"),
        ["19:13 each each must resolve to an array or object, and this is of type string"]
    );
    assert_eq!(step("      each: [1, 2]\n      input: {message: 'n${{ each.value }}'}\n"), Vec::<String>::new());
    assert!(step("      each: ${{ parameters.list }}\n      input: {message: 'n${{ each.value.id }}'}\n").is_empty());
    let missing = step("      each: ${{ parameters.list }}\n      input: {message: 'n${{ each.value.ix }}'}\n");
    assert_eq!(missing, ["20:30 unknown-member each.value has no member ix"]);
}

#[test]
fn types_go_through_each_into_inputs() {
    assert_eq!(
        step("      input: {message: '${{ parameters.count }}'}\n"),
        ["19:29 input parameters.count is of type integer, and the action takes string"]
    );
    let listed = step("      each: ${{ parameters.list }}\n      input: {message: '${{ each.value }}'}\n");
    assert_eq!(listed, ["20:29 input each.value is of type object, and the action takes string"]);
    assert!(step("      each: ${{ parameters.list }}\n      input: {message: '${{ each.value.id }}'}\n").is_empty());
    assert!(step("      input: {message: '${{ parameters.count | dump }}'}\n").is_empty());
}

#[test]
fn conditions_that_never_change_are_found() {
    let told = |condition: &str| step(&format!("      if: {condition}\n      input: {{message: m}}\n"));
    assert!(told("${{ parameters.flag }}").is_empty() && told("true").is_empty());
    assert!(told("${{ parameters.env === 'staging' }}").is_empty() && told("${{ parameters.list }}").is_empty());
    assert_eq!(told("'false'"), ["19:11 condition The condition is a text, not an expression: the step always runs"]);
    assert_eq!(
        told("${{ parameters.env === 'prod' }}"),
        ["19:15 condition parameters.env is never \"prod\": this comparison is never true"]
    );
    assert_eq!(told("${{ parameters.flag === 'true' }}").len(), 1);
    assert_eq!(told("${{ parameters.count == '3' }}"), Vec::<String>::new());
    assert_eq!(told("${{ parameters.choice }}").len(), 1);
    assert_eq!(told("'is ${{ parameters.flag }}'").len(), 1);
}

#[test]
fn outputs_of_steps_that_may_be_left_out() {
    let steps = "  steps:\n    - {id: p, if: '${{ parameters.flag }}', action: 'publish:github', input: {repoUrl: x}}\n    - {id: r, action: 'debug:log', input: {message: '${{ steps.p.output.remoteUrl }}'}}\n";
    assert_eq!(found(steps), ["18:58 left-out Step p has a condition: when it is left out, this is undefined"]);
    let guarded = steps.replace("{id: r,", "{id: r, if: '${{ parameters.flag }}',");
    assert!(found(&guarded).is_empty());
}

#[test]
fn pickers_need_entities() {
    let rest = "  steps:\n    - {id: one, action: 'debug:log', input: {message: 'by ${{ parameters.owner }}'}}\n";
    assert!(found(rest).is_empty());
    let form = HEAD.replace("ui:field: OwnerPicker}", "ui:field: OwnerPicker, default: tem}");
    assert_eq!(found_in(format!("{form}{rest}")), ["15:63 picker owner: group:default/tem is not in the catalog"]);
    let form = HEAD.replace("ui:field: OwnerPicker}", "ui:field: OwnrPicker}");
    assert_eq!(found_in(format!("{form}{rest}")).len(), 1);
}
