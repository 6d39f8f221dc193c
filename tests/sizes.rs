//! Files and functions that one can take in at a glance.

use std::path::PathBuf;

use lofting_tests::root;

/// Lines of a file.
const FILE: usize = 700;
/// Lines of a function.
const FUNCTION: usize = 80;

fn files() -> Vec<(PathBuf, String)> {
    let base = root();
    let mut found = Vec::new();
    for dir in ["crates/core/src", "crates/cli/src", "crates/py/src", "crates/node/src", "tests/src", "examples/rust/src"] {
        if base.join(dir).is_dir() {
            super::sources(&base.join(dir), &mut found);
        }
    }
    found
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("UTF-8");
            (file.strip_prefix(&base).expect("below the root").to_owned(), text)
        })
        .collect()
}

#[test]
fn no_source_file_is_over_700_lines() {
    let long: Vec<_> =
        files().iter().map(|(file, text)| (text.lines().count(), file.display().to_string())).filter(|(lines, _)| *lines > FILE).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn no_function_is_over_80_lines() {
    let mut seen = 0;
    let mut long = Vec::new();
    for (file, text) in files() {
        for function in functions(&bare(&text)) {
            seen += 1;
            if function.lines > FUNCTION {
                long.push(format!("{}:{} {}: {} lines", file.display(), function.line, function.name, function.lines));
            }
        }
    }
    assert!(seen > 1000, "only {seen} functions were seen");
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {}\n/* fn b() { */\nimpl X {\n    fn c<T: Fn() -> [u8; 2]>(x: &'static str) -> char {\n        // }\n        let s = r#\"}\n}\"#;\n        '}'\n    }\n    fn d();\n}\n";
    let found: Vec<_> = functions(&bare(text)).into_iter().map(|function| (function.name, function.line, function.lines)).collect();
    assert_eq!(found, [("a".to_owned(), 1, 1), ("c".to_owned(), 4, 6)]);
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions of a text without comments and literals.
fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            continue;
        }
        let mut nested = 0_i32;
        let start = rest.char_indices().find(|(_, c)| {
            nested += i32::from("([".contains(*c)) - i32::from(")]".contains(*c));
            nested == 0 && "{;".contains(*c)
        });
        let Some((start, '{')) = start else { continue };
        let mut depth = 0_i32;
        let end = rest[start..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        let end = at + 3 + start + end.expect("braces are balanced");
        let line = code[..at].matches('\n').count() + 1;
        found.push(Function { name, line, lines: code[at..end].matches('\n').count() + 1 });
    }
    found
}

/// The code with comments and literals taken out, line for line.
fn bare(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block(rest),
            'r' | 'b' if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw(rest).unwrap_or(0),
            '"' => quoted(rest, '"'),
            // A lifetime is no literal: it has no closing quote where a character would.
            '\'' if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') => quoted(rest, '\''),
            _ => 0,
        };
        let (taken, kept) = if skip > 0 { (skip, "") } else { (c.len_utf8(), &rest[..c.len_utf8()]) };
        code.push_str(kept);
        if skip > 0 {
            code.extend(rest[..taken].chars().filter(|c| *c == '\n'));
        }
        rest = &rest[taken..];
    }
    code
}

/// The length of a block comment; they nest.
fn block(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a raw string, if one starts here.
fn raw(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.bytes().take_while(|byte| *byte == b'#').count();
    let inside = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text.len() - inside.len() + inside.find(&end)? + end.len())
}

/// The length of a literal with escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |(at, c)| at + c.len_utf8())
}
