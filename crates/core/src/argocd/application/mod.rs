//! The Application: its Go struct, its normal form, and what upstream checks about it.

pub(crate) mod codec;
