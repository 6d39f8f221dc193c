//! The Application: its Go struct, its normal form, and what upstream checks about it.

pub(crate) mod codec;
mod codes;
pub mod destination;
pub mod directory;
pub mod expand;
pub mod normalize;
pub mod validate;

pub use codes::CODES;
pub use destination::{DestinationCluster, destination_cluster};
pub use normalize::{Normalized, normalize_spec};
pub use validate::{Condition, RefSource, Validation, validate};
