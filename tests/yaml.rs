//! Properties of the YAML readers and of the writer.

use lofting::yaml::{self, Dialect, interop};
use lofting::{Map, Value};
use proptest::prelude::*;

/// Texts that are hard to write: words of YAML, numbers of many kinds, white space.
fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        "[ -~]{0,40}",
        "[a-z \n\t:#-]{0,30}",
        "[+-]?(0[xob]?)?[0-9_.e:]{1,8}",
        "\\PC{0,10}",
        prop::sample::select(vec![
            "yes",
            "No",
            "null",
            "~",
            "<<",
            "=",
            "-",
            "? a",
            "a: b",
            "2001-01-01",
            "1e3",
            ".inf",
            "---",
            "...",
            "|",
            "'"
        ])
        .prop_map(str::to_owned),
    ]
}

/// Upstream writes the key `<<` without quotes, and then reads it as a merge.
fn key() -> impl Strategy<Value = String> {
    string().prop_filter("no merge key", |key| key != "<<")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite, with a fraction", |float| float.is_finite() && float.fract() != 0.0).prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Something like YAML: lines of indicators, words and indentation.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&x ",
        "*x",
        "!t ",
        "!!int ",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "#c",
        " #",
        "<<: ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "\t",
        "\r\n",
        "1",
        "é",
        "\u{feff}",
        "\u{2028}",
        "\\",
        "x: 1\n",
        "0x1F",
        "~",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Every place of a document lies in the text, and values lie where they are said to lie.
fn places_hold(text: &str, document: &yaml::Document) -> Result<(), TestCaseError> {
    let mut open = vec![(String::new(), document.value())];
    while let Some((pointer, value)) = open.pop() {
        let span = document.locate(&pointer);
        prop_assert!(
            span.is_some_and(|span| span.start <= span.end && text.get(span.start..span.end.min(text.len())).is_some()),
            "{pointer}"
        );
        match value {
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(at, item)| (lofting::text::pointer::join(&pointer, at), item)))
            }
            Value::Object(map) => open.extend(map.iter().map(|(key, item)| (lofting::text::pointer::join(&pointer, key), item))),
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(value in value()) {
        let text = yaml::emit(&value);
        prop_assert_eq!(&yaml::kubernetes::unmarshal(&text).ok(), &Some(value), "{}", text);
    }

    #[test]
    fn written_text_is_stable(value in value()) {
        let text = yaml::emit(&value);
        let again = yaml::kubernetes::unmarshal(&text).map(|value| yaml::emit(&value));
        prop_assert_eq!(again.ok(), Some(text));
    }

    #[test]
    fn both_readers_read_what_is_written(value in value()) {
        let text = yaml::emit(&value);
        // That crate refuses the characters of YAML 1.1's line breaks and folds others.
        prop_assume!(!text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']));
        let other: Result<serde_yaml::Value, _> = serde_yaml::from_str(&text);
        if let Ok(other) = other {
            prop_assert_eq!(interop::from_serde_yaml(&other).ok(), Some(value), "{}", text);
        }
    }

    #[test]
    fn values_survive_the_other_crate(value in value()) {
        prop_assert_eq!(interop::from_serde_yaml(&interop::to_serde_yaml(&value)).ok(), Some(value));
    }

    #[test]
    fn readers_take_any_text(text in prop_oneof![text(), "\\PC{0,80}", "[ -~\n\t]{0,80}"]) {
        for dialect in [Dialect::Kubernetes, Dialect::Backstage] {
            for document in yaml::parse(&text, dialect).unwrap_or_default() {
                places_hold(&text, &document)?;
                for comment in document.comments() {
                    prop_assert!(text.get(comment.span.start..comment.span.end).is_some_and(|comment| comment.starts_with('#')));
                }
            }
        }
        if let Ok(value) = yaml::kubernetes::unmarshal(&text) {
            prop_assert!(!yaml::emit(&value).is_empty());
        }
    }

    #[test]
    fn bytes_are_read_or_refused_at_a_place(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Err(error) = yaml::parse_bytes(&bytes, Dialect::Kubernetes) {
            prop_assert!(error.location.is_some(), "{}", error.message);
        }
    }
}
