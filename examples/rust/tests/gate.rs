//! The gate lets the demo's catalog pass, and stops what a catalog would refuse.

#![allow(missing_docs, unused_crate_dependencies, clippy::expect_used)]

use std::process::{Command, Output};

fn gate(dir: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catalog-gate")).arg(dir).output().expect("the gate runs")
}

#[test]
fn the_demo_passes() {
    let output = gate(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/catalog"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("entities are accepted\n"));
}

#[test]
fn what_is_refused_is_named_with_its_place() {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate");
    std::fs::create_dir_all(&dir).expect("made");
    let entity = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: not a name\nspec: {type: service, lifecycle: production, owner: shop}\n";
    std::fs::write(dir.join("catalog-info.yaml"), entity).expect("written");
    let output = gate(&dir.display().to_string());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("catalog-info.yaml:4:9: ") && said.ends_with("0 entities are accepted, 1 are refused\n"), "{said}");
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let output = gate("nowhere");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("nowhere: "));
}
