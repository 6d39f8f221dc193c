//! Tokens of YAML 1.1 as libyaml cuts them.

use std::borrow::Cow;

use crate::text::Span;

/// One token and the bytes it covers.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) span: Span,
    /// The flow level whose possible key starts with this token.
    pub(super) key_level: u32,
}

/// Kinds of tokens.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    StreamEnd,
    Version(u8, u8),
    TagDirective(Box<(String, String)>),
    DocumentStart,
    DocumentEnd,
    SequenceStart,
    MappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    /// Handle and suffix.
    Tag(Box<(String, String)>),
    /// Text, and whether it is plain.
    Scalar(Cow<'a, str>, bool),
}
