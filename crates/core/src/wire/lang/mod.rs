//! Operations `lang.*`.

mod cron;
mod duration;
mod expr;
mod fasttemplate;
mod glob;
mod gotemplate;
mod int_or_percent;
mod jq;
mod jsonpatch;
mod jsonpath;
mod name;
mod quantity;
mod selector;
mod strategic_merge;
mod yaml;

use super::Op;

pub(super) fn ops() -> Vec<Op> {
    let mut ops = Vec::new();
    ops.extend(cron::ops());
    ops.extend(duration::ops());
    ops.extend(expr::ops());
    ops.extend(fasttemplate::ops());
    ops.extend(glob::ops());
    ops.extend(gotemplate::ops());
    ops.extend(int_or_percent::ops());
    ops.extend(jq::ops());
    ops.extend(jsonpatch::ops());
    ops.extend(jsonpath::ops());
    ops.extend(name::ops());
    ops.extend(quantity::ops());
    ops.extend(selector::ops());
    ops.extend(strategic_merge::ops());
    ops.extend(yaml::ops());
    ops
}
