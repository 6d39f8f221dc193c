//! Keys that are collections become text: upstream writes them as flow YAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::node::{Js, Node, NodeId, NodeKind, Pair, Style};
use super::schema::{PREFIX, Schema, iso};
use super::to_js::ToJs;

const WIDTH: usize = 80;

/// `String(value)` of a scalar as a key; null is empty.
pub(super) fn js_string(value: &Js) -> String {
    match value {
        Js::Null => String::new(),
        Js::Bool(bool) => bool.to_string(),
        Js::Number(number) => js_number(*number),
        Js::String(text) => text.borrow().clone(),
        Js::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Js::Date(millis) => iso(*millis).unwrap_or_else(|| "Invalid Date".to_owned()),
        Js::Merge => "Symbol(<<)".to_owned(),
    }
}

/// A number as JavaScript prints it.
pub(super) fn js_number(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        return format!("{number}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => scientific,
    }
}

/// Where a node is written.
#[derive(Debug, Clone, Copy)]
struct Context {
    indent: usize,
    /// In front of a `:`, on one line.
    implicit_key: bool,
    /// Characters before it on its line, when known.
    at_start: Option<usize>,
}

/// The text of a key; its own anchor and tag do not show.
pub(super) fn key(converter: &ToJs<'_>, id: NodeId) -> String {
    let context = Context { indent: 0, implicit_key: false, at_start: None };
    match converter.document.nodes.get(id) {
        Some(found) if !matches!(found.kind, NodeKind::Alias(_)) => content(converter, found, context),
        _ => node(converter, id, context),
    }
}

fn node(converter: &ToJs<'_>, id: NodeId, mut context: Context) -> String {
    let Some(found) = converter.document.nodes.get(id) else { return String::new() };
    if let NodeKind::Alias(name) = &found.kind {
        return if context.implicit_key { format!("*{name} ") } else { format!("*{name}") };
    }
    let props = props(converter, found);
    if !props.is_empty() {
        context.at_start = Some(context.at_start.unwrap_or(0) + props.len() + 1);
    }
    let text = content(converter, found, context);
    if props.is_empty() { text } else { format!("{props} {text}") }
}

/// A node without its anchor and tag.
fn content(converter: &ToJs<'_>, found: &Node, context: Context) -> String {
    let pairs = found.tag.as_deref().and_then(|tag| tag.strip_prefix(PREFIX)).is_some_and(|tag| matches!(tag, "pairs" | "omap"));
    match &found.kind {
        NodeKind::Scalar { value, source, style } => scalar(converter.document.schema, value, source, *style, context),
        NodeKind::Seq { items, .. } => {
            let items = items.iter().map(|item| match converter.document.nodes.get(*item).map(|node| &node.kind) {
                Some(NodeKind::Map { items, .. }) if pairs && items.len() == 1 => {
                    items.iter().map(|item| pair(converter, *item, context.indent + 4)).collect()
                }
                _ => node(converter, *item, Context { indent: context.indent + 4, at_start: None, ..context }),
            });
            collection('[', ']', items.collect(), context.indent)
        }
        NodeKind::Map { items, .. } => {
            let items = items.iter().map(|item| pair(converter, *item, context.indent + 2));
            collection('{', '}', items.collect(), context.indent)
        }
        NodeKind::Alias(_) => String::new(),
    }
}

fn props(converter: &ToJs<'_>, node: &Node) -> String {
    let anchor = node.anchor.as_deref().filter(|anchor| !anchor.is_empty()).map(|anchor| format!("&{anchor}"));
    let tag = node.tag.as_deref().map(|tag| converter.document.directives.tag_text(tag));
    anchor.into_iter().chain(tag).collect::<Vec<_>>().join(" ")
}

fn collection(open: char, close: char, mut items: Vec<String>, indent: usize) -> String {
    if items.is_empty() {
        return format!("{open}{close}");
    }
    let last = items.len() - 1;
    let broken = items.iter().any(|item| item.contains('\n'));
    for item in items.iter_mut().take(last) {
        item.push(',');
    }
    let len: usize = 2 + items.iter().map(|item| item.encode_utf16().count() + 2).sum::<usize>();
    if broken || len > WIDTH {
        let mut text = String::from(open);
        for item in items {
            text.push('\n');
            text.push_str(&" ".repeat(indent + 2));
            text.push_str(&item);
        }
        return format!("{text}\n{}{close}", " ".repeat(indent));
    }
    format!("{open} {} {close}", items.join(" "))
}

fn pair(converter: &ToJs<'_>, (key, value): Pair, indent: usize) -> String {
    let kind = converter.document.nodes.get(key).map(|node| &node.kind);
    let explicit =
        matches!(kind, Some(NodeKind::Map { .. } | NodeKind::Seq { .. } | NodeKind::Scalar { style: Style::Literal | Style::Folded, .. }));
    let inner = Context { indent: indent + 2, implicit_key: !explicit, at_start: None };
    let text = node(converter, key, inner);
    let Some(value) = value else {
        return match (text.is_empty(), explicit) {
            (true, _) => "?".to_owned(),
            (false, true) => format!("? {text}"),
            (false, false) => text,
        };
    };
    let text = if explicit { format!("? {text}\n{}:", " ".repeat(indent)) } else { format!("{text}:") };
    let is_scalar = matches!(converter.document.nodes.get(value).map(|node| &node.kind), Some(NodeKind::Scalar { .. }));
    let at_start = (!explicit && is_scalar).then(|| text.encode_utf16().count() + 1);
    let value_text = node(converter, value, Context { indent: indent + 2, implicit_key: false, at_start });
    let is_collection =
        matches!(converter.document.nodes.get(value).map(|node| &node.kind), Some(NodeKind::Map { .. } | NodeKind::Seq { .. }));
    if value_text.is_empty() || value_text.starts_with('\n') {
        format!("{text}{value_text}")
    } else if !explicit && is_collection && value_text.contains('\n') && !value_text.starts_with(['&', '!']) {
        format!("{text}\n{}{value_text}", " ".repeat(indent + 2))
    } else {
        format!("{text} {value_text}")
    }
}

fn scalar(schema: Schema, value: &Js, source: &str, style: Style, context: Context) -> String {
    match value {
        Js::Null if matches!(source, "" | "~" | "null" | "Null" | "NULL") => source.to_owned(),
        Js::Null => "null".to_owned(),
        Js::Bool(_) => source.to_owned(),
        Js::Number(number) => number_text(*number, source),
        Js::Merge => "<<".to_owned(),
        Js::Date(_) => js_string(value).trim_end_matches(".000Z").trim_end_matches("T00:00:00").to_owned(),
        Js::Bytes(bytes) => string(schema, &STANDARD.encode(bytes), style, context),
        Js::String(text) => string(schema, &text.borrow(), style, context),
    }
}

fn string(schema: Schema, text: &str, style: Style, context: Context) -> String {
    let control = text.chars().any(|character| matches!(character, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'));
    match style {
        _ if control => double(text, context),
        Style::Double => double(text, context),
        Style::Single => single(text, context),
        Style::Literal | Style::Folded => quoted(text, context),
        Style::Plain => plain(schema, text, context),
    }
}

/// Keeps zeros behind the point, and the base of an integer.
fn number_text(number: f64, source: &str) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    if source.starts_with("0x") {
        return format!("0x{:x}", number as u64);
    }
    if source.starts_with("0o") {
        return format!("0o{:o}", number as u64);
    }
    let text = if number == 0.0 && number.is_sign_negative() { "-0".to_owned() } else { js_number(number) };
    if source.contains(['e', 'E']) {
        let scientific = format!("{number:e}");
        return match scientific.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => scientific,
        };
    }
    let wanted = match source.split_once('.') {
        Some((_, fraction)) if fraction.ends_with('0') => fraction.len(),
        _ => return text,
    };
    if text.contains('e') {
        return text;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{fraction:0<wanted$}")
}

fn plain(schema: Schema, text: &str, context: Context) -> String {
    if (context.implicit_key && text.contains('\n')) || text.contains(['[', ']', '{', '}', ',']) || !plain_allowed(text) {
        return quoted(text, context);
    }
    let shown = indent_newlines(text, context.indent);
    if schema.plain(&shown, false).is_some() {
        return quoted(text, context);
    }
    if context.implicit_key { shown } else { fold(&shown, context, false) }
}

/// Upstream's regular expression of what must be quoted, turned around.
fn plain_allowed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let first = bytes.first().is_some_and(|first| b"\n\t ,[]{}#&*!|>'\"%@`".contains(first));
    let indicator = matches!(bytes, [b'?' | b'-'] | [b'?' | b'-', b' ' | b'\t', ..]);
    let pairs =
        bytes.windows(2).any(|pair| matches!(pair, [b'\n' | b':', b' ' | b'\t'] | [b' ' | b'\t', b'\n'] | [b'\n' | b'\t' | b' ', b'#']));
    let last = bytes.last().is_some_and(|last| b"\n\t :".contains(last));
    !(first || indicator || pairs || last)
}

/// Every run of line breaks gets one more, and the indentation.
fn indent_newlines(text: &str, indent: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        out.push(character);
        if character == '\n' && characters.peek() != Some(&'\n') {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
        }
    }
    out
}

fn quoted(text: &str, context: Context) -> String {
    if text.contains('"') && !text.contains('\'') { single(text, context) } else { double(text, context) }
}

fn single(text: &str, context: Context) -> String {
    let bytes = text.as_bytes();
    let ragged = bytes.windows(2).any(|pair| matches!(pair, [b' ' | b'\t', b'\n'] | [b'\n', b' ' | b'\t']));
    if (context.implicit_key && text.contains('\n')) || ragged {
        return double(text, context);
    }
    let shown = format!("'{}'", indent_newlines(&text.replace('\'', "''"), context.indent));
    if context.implicit_key { shown } else { fold(&shown, context, false) }
}

fn double(text: &str, context: Context) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    let mut characters = json.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        out.push('\\');
        let Some(escaped) = characters.next() else { break };
        if escaped != 'u' {
            out.push(escaped);
            continue;
        }
        let code: String = characters.by_ref().take(4).collect();
        match code.as_str() {
            "0000" => out.push('0'),
            "0007" => out.push('a'),
            "000b" => out.push('v'),
            "001b" => out.push('e'),
            _ => match code.strip_prefix("00") {
                Some(short) => {
                    out.push('x');
                    out.push_str(short);
                }
                None => {
                    out.push('u');
                    out.push_str(&code);
                }
            },
        }
    }
    if context.implicit_key { out } else { fold(&out, context, true) }
}

/// Breaks long lines at single spaces (`foldFlowLines`).
fn fold(text: &str, context: Context, escapes: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let end_step = 21.max(1 + WIDTH.saturating_sub(context.indent));
    if characters.len() <= end_step {
        return text.to_owned();
    }
    let mut folds: Vec<usize> = Vec::new();
    let mut end = WIDTH.saturating_sub(context.indent);
    if let Some(at_start) = context.at_start {
        if at_start > WIDTH - 20 {
            folds.push(0);
        } else {
            end = WIDTH - at_start;
        }
    }
    let mut split = None;
    let mut before = None;
    let mut at = 0;
    while let Some(character) = characters.get(at).copied() {
        if escapes && character == '\\' {
            at += match characters.get(at + 1) {
                Some('x') => 3,
                Some('u') => 5,
                Some('U') => 9,
                _ => 1,
            };
        }
        if character == '\n' {
            end = at + context.indent + end_step;
            split = None;
        } else {
            let blank = |character: Option<char>| matches!(character, None | Some(' ' | '\n' | '\t'));
            if character == ' ' && !blank(before) && !blank(characters.get(at + 1).copied()) {
                split = Some(at);
            }
            if at >= end
                && let Some(place) = split.take()
            {
                folds.push(place);
                end = place + end_step;
            }
        }
        before = Some(character);
        at += 1;
    }
    let pad = format!("\n{}", " ".repeat(context.indent));
    let piece = |from: usize, to: usize| characters.get(from..to).unwrap_or_default().iter().collect::<String>();
    let mut out = piece(0, folds.first().copied().unwrap_or(characters.len()));
    for (at, place) in folds.iter().enumerate() {
        let to = folds.get(at + 1).copied().unwrap_or(characters.len());
        if *place == 0 {
            out = format!("{pad}{}", piece(0, to));
        } else {
            out.push_str(&pad);
            out.push_str(&piece(place + 1, to));
        }
    }
    out
}
