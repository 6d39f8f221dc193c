//! Kubernetes' rules for a pod template, after its defaults: `ValidatePodTemplateSpec`.
//!
//! Upstream reads the template over into Kubernetes' internal types by way of JSON. Where
//! those spell a field differently (`hostNetwork`, `hostUsers`, `shareProcessNamespace`),
//! it is lost and the rules that look at it never fire; so they are left out here.

mod access;
mod container;
mod disks;
mod env;
mod handlers;
mod mounts;
mod resources;
mod scheduling;
mod security;
mod template;
mod volumes;

pub(super) use template::template;
