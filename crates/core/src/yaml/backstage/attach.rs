//! Where a finished node goes, and which tokens go with it.

use super::cst::{Block, Cst, Flow, Item, Kind, Token, Tokens, includes, is_blank};

/// Sets a node as key or value of the last item of a block.
pub(super) fn attach(block: &mut Block, node: Cst, on_key_line: &mut bool) {
    let node = Some(Box::new(node));
    let Some(item) = block.items.last_mut() else { return };
    match (block.map, item.value.is_some()) {
        (false, true) => block.items.push(Item { value: node, ..Item::default() }),
        (true, true) => {
            block.items.push(Item { key: node, sep: Some(Tokens::new()), ..Item::default() });
            *on_key_line = true;
        }
        (true, false) if item.sep.is_none() => {
            item.key = node;
            item.sep = Some(Tokens::new());
            *on_key_line = !item.explicit_key;
        }
        _ => item.value = node,
    }
}

/// Takes an empty last item off a block that ends: it belongs to the parent.
pub(super) fn trailing_blanks(node: &mut Cst) -> Option<Tokens> {
    let Cst::Block(block) = node else { return None };
    let last = block.items.last()?;
    let outside = |token: &Token| token.kind != Kind::Comment || token.indent() < block.indent;
    let moves = last.sep.is_none()
        && last.value.is_none()
        && !last.start.is_empty()
        && is_blank(&last.start)
        && (block.indent == 0 || last.start.iter().all(outside));
    if moves { block.items.pop().map(|item| item.start) } else { None }
}

/// Tokens before a key that has not been seen yet: those on its own line.
pub(super) fn first_key_start_props(parent: Option<&mut Cst>) -> Tokens {
    let tokens = match parent {
        Some(Cst::Document(document)) => Some(&mut document.start),
        Some(Cst::Block(block)) => {
            let map = block.map;
            block.items.last_mut().map(|item| match &mut item.sep {
                Some(sep) if map => sep,
                _ => &mut item.start,
            })
        }
        _ => None,
    };
    tokens.map(split_first_key_props).unwrap_or_default()
}

pub(super) fn split_first_key_props(tokens: &mut Tokens) -> Tokens {
    let stop = tokens.iter().rposition(|token| {
        matches!(token.kind, Kind::DocStart | Kind::ExplicitKeyInd | Kind::MapValueInd | Kind::SeqItemInd | Kind::Newline)
    });
    let mut at = stop.map_or(0, |at| at + 1);
    while tokens.get(at).is_some_and(|token| token.kind == Kind::Space) {
        at += 1;
    }
    tokens.drain(at..).collect()
}

/// Blank lines that stand between an empty value and the next key go to the key.
pub(super) fn next_item_start(item: &mut Item, indent: isize) -> Tokens {
    let Some(sep) = &mut item.sep else { return Tokens::new() };
    let mut newlines = Vec::new();
    for (at, token) in sep.iter().enumerate() {
        match token.kind {
            Kind::Newline => newlines.push(at),
            Kind::Space => {}
            Kind::Comment if token.indent() <= indent => {}
            _ => newlines.clear(),
        }
    }
    match newlines.get(1) {
        Some(at) => sep.drain(*at..).collect(),
        None => Tokens::new(),
    }
}

/// In a flow sequence, keys without a `:` are values.
pub(super) fn fix_flow_seq_items(flow: &mut Flow) {
    if flow.is_map() {
        return;
    }
    for item in &mut flow.items {
        let plain_value = item.value.is_none()
            && !includes(&item.start, Kind::ExplicitKeyInd)
            && item.sep.as_ref().is_some_and(|sep| !includes(sep, Kind::MapValueInd));
        if !plain_value {
            continue;
        }
        item.value = item.key.take();
        let sep = item.sep.take().unwrap_or_default();
        match item.value.as_deref_mut() {
            Some(Cst::Scalar { end, .. }) => end.get_or_insert_default().extend(sep),
            Some(Cst::Flow(inner)) => inner.end.extend(sep),
            _ => item.start.extend(sep),
        }
    }
}
