//! Every bench in one program, so that the core is linked and optimised as a whole once.
//!
//! `cargo bench -p lofting-benches -- PART` times the rows whose names hold PART.
#![allow(missing_docs)]

mod appset;
mod backstage;
mod diff;
mod lang;
mod operations;
mod rollouts;
mod sync;
mod yaml;

criterion::criterion_main!(
    yaml::benches,
    lang::benches,
    operations::benches,
    diff::benches,
    appset::benches,
    sync::benches,
    rollouts::benches,
    backstage::benches
);
