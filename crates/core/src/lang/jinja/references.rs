//! What a template reads from outside: names of its context, and filters.

use serde_json::Value as Json;

use super::Template;
use super::ast::{Arguments, Body, Compare, CompareOp, Expr, ExprKind, If, Literal, SetValue, Stmt, StmtKind, Switch};
use super::eval::sole_interpolation;

/// A name of the context and the constant members that are read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `parameters`, `name` … as far as they are constant; methods come last.
    pub path: Vec<String>,
    /// A computed member follows.
    pub computed: bool,
    /// Byte offset of the name in the template.
    pub offset: usize,
    /// It stands where an absent value is asked for: a condition, `or`, `is`, or before `default`.
    pub tested: bool,
}

/// A comparison of a name with a constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The name.
    pub name: Reference,
    /// The constant: a text, a number or a boolean.
    pub constant: Json,
    /// `==` or `===`, not their opposites.
    pub equal: bool,
    /// `===` or `!==`.
    pub strict: bool,
}

/// What a template reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// In the order of the text.
    pub names: Vec<Reference>,
    /// Filters, in the order of the text.
    pub filters: Vec<String>,
    /// What is read now is only asked whether it is there.
    testing: bool,
}

impl Template<'_> {
    /// The context's names and the filters that the template mentions.
    pub fn references(&self) -> References {
        let mut found = References::default();
        body(&self.root.body, &mut found);
        found
    }

    /// The name that is the whole of the template: `${{ a.b }}`, nothing computed.
    pub fn sole_reference(&self) -> Option<Reference> {
        sole_interpolation(&self.root).and_then(pure)
    }

    /// Whether there is text beside what is computed, so that the result is never empty.
    pub fn is_text_around(&self) -> bool {
        let text = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Text(text) if !text.is_empty());
        self.root.body.len() > 1 && self.root.body.iter().any(text)
    }

    /// The comparisons with constants that the result of a sole interpolation is made of.
    pub fn comparisons(&self) -> Vec<Comparison> {
        let mut found = Vec::new();
        if let Some(value) = sole_interpolation(&self.root) {
            compared(value, &mut found);
        }
        found
    }
}

/// A name with constant members and nothing else.
fn pure(value: &Expr) -> Option<Reference> {
    if !matches!(value.kind, ExprKind::Symbol { .. } | ExprKind::Member { .. } | ExprKind::Lookup { .. }) {
        return None;
    }
    let mut found = References::default();
    chain(value, &mut found);
    match (found.names.len(), found.names.pop()) {
        (1, Some(name)) if !name.computed && found.filters.is_empty() => Some(name),
        _ => None,
    }
}

fn compared(value: &Expr, found: &mut Vec<Comparison>) {
    match &value.kind {
        ExprKind::Or(left, right) | ExprKind::And(left, right) => {
            compared(left, found);
            compared(right, found);
        }
        ExprKind::Not(inner) => compared(inner, found),
        ExprKind::Group(items) => items.last().into_iter().for_each(|item| compared(item, found)),
        ExprKind::Compare(compare) => {
            let Compare { first, operations } = &**compare;
            let [(op, second)] = operations.as_slice() else { return };
            let (equal, strict) = match op {
                CompareOp::Equal => (true, false),
                CompareOp::StrictEqual => (true, true),
                CompareOp::NotEqual => (false, false),
                CompareOp::StrictNotEqual => (false, true),
                _ => return,
            };
            let sides = pure(first).zip(constant(second)).or_else(|| pure(second).zip(constant(first)));
            if let Some((name, constant)) = sides {
                found.push(Comparison { name, constant, equal, strict });
            }
        }
        _ => {}
    }
}

fn constant(value: &Expr) -> Option<Json> {
    match &value.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(Json::String(text.to_string())),
        ExprKind::Literal(Literal::Bool(value)) => Some(Json::Bool(*value)),
        // Whole numbers as JSON writes them, so that they equal those of a schema.
        ExprKind::Literal(Literal::Number(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Some(Json::from(*number as i64)),
        ExprKind::Literal(Literal::Number(number)) => serde_json::Number::from_f64(*number).map(Json::Number),
        _ => None,
    }
}

fn body(statements: &Body, found: &mut References) {
    statements.iter().for_each(|stmt| statement(stmt, found));
}

fn statement(stmt: &Stmt, found: &mut References) {
    match &stmt.kind {
        StmtKind::Text(_) | StmtKind::Namesake(_) | StmtKind::Failing(..) => {}
        StmtKind::Output(value) => expr(value, found),
        StmtKind::If(branch) => {
            let If { condition, body: then, otherwise } = &**branch;
            tested(condition, found);
            body(then, found);
            otherwise.iter().for_each(|otherwise| body(otherwise, found));
        }
        StmtKind::For(repeat) => {
            expr(&repeat.value, found);
            body(&repeat.list.body, found);
            repeat.otherwise.iter().for_each(|otherwise| body(otherwise, found));
        }
        StmtKind::Set(set) => match &set.value {
            SetValue::Expr(value) => expr(value, found),
            SetValue::Block(block) => body(block, found),
        },
        StmtKind::Macro(callee, _) => {
            callee.defaults.iter().for_each(|(_, value)| expr(value, found));
            body(&callee.body, found);
        }
        StmtKind::CallBlock { call, caller } => {
            expr(call, found);
            body(&caller.body, found);
        }
        StmtKind::Block { body: block, .. } => body(block, found),
        StmtKind::Switch(switch) => {
            let Switch { value, cases, default } = &**switch;
            expr(value, found);
            for (condition, case) in cases {
                expr(condition, found);
                body(case, found);
            }
            default.iter().for_each(|default| body(default, found));
        }
    }
}

/// What is asked whether it is there.
fn tested(value: &Expr, found: &mut References) {
    let outer = std::mem::replace(&mut found.testing, true);
    expr(value, found);
    found.testing = outer;
}

fn arguments(arguments: &Arguments, found: &mut References) {
    arguments.positional.iter().for_each(|value| expr(value, found));
    arguments.keyword.iter().for_each(|(_, value)| expr(value, found));
}

fn expr(value: &Expr, found: &mut References) {
    match &value.kind {
        ExprKind::Literal(_) => {}
        ExprKind::Symbol { .. } | ExprKind::Member { .. } | ExprKind::Lookup { .. } => chain(value, found),
        ExprKind::Array(items) | ExprKind::Group(items) => items.iter().for_each(|item| expr(item, found)),
        ExprKind::Dict(members) => members.iter().for_each(|(_, member)| expr(member, found)),
        ExprKind::Slice { target, bounds } => {
            expr(target, found);
            bounds.iter().for_each(|bound| expr(bound, found));
        }
        ExprKind::InlineIf { condition, body, otherwise } => {
            expr(body, found);
            tested(condition, found);
            otherwise.iter().for_each(|otherwise| expr(otherwise, found));
        }
        ExprKind::Or(left, right) | ExprKind::And(left, right) => {
            tested(left, found);
            expr(right, found);
        }
        ExprKind::In(left, right) | ExprKind::Binary(_, left, right) => {
            expr(left, found);
            expr(right, found);
        }
        ExprKind::Not(inner) | ExprKind::Negative(inner) | ExprKind::Positive(inner) | ExprKind::Floor(inner) => expr(inner, found),
        ExprKind::Compare(compare) => {
            expr(&compare.first, found);
            compare.operations.iter().for_each(|(_, operand)| expr(operand, found));
        }
        ExprKind::Is(left, test) => {
            tested(left, found);
            if let ExprKind::Call { arguments: given, .. } = &test.kind {
                arguments(given, found);
            }
        }
        ExprKind::Filter(filter) => {
            let read = if matches!(&*filter.name, "default" | "d") { tested } else { expr };
            read(&filter.input, found);
            arguments(&filter.arguments, found);
            found.filters.push(filter.name.to_string());
        }
        ExprKind::Call { callee, arguments: given } => {
            expr(callee, found);
            arguments(given, found);
        }
        ExprKind::Capture(block) => body(block, found),
    }
}

/// A name with its members, from the outermost lookup inwards.
fn chain(value: &Expr, found: &mut References) {
    let mut keys: Vec<Option<String>> = Vec::new();
    let mut at = value;
    loop {
        match &at.kind {
            ExprKind::Member { target, key } => {
                keys.push(Some(key.to_string()));
                at = target;
            }
            ExprKind::Lookup { target, key } => {
                keys.push(match &key.kind {
                    ExprKind::Literal(Literal::Number(number)) => Some(crate::lang::javascript::number_to_string(*number)),
                    _ => {
                        expr(key, found);
                        None
                    }
                });
                at = target;
            }
            ExprKind::Symbol { name, slot: None } => {
                let mut path = vec![name.to_string()];
                let mut constant = keys.into_iter().rev();
                path.extend(constant.by_ref().map_while(|key| key));
                let computed = path.len() <= value_depth(value);
                found.names.push(Reference { path, computed, offset: at.at as usize, tested: found.testing });
                return;
            }
            ExprKind::Symbol { .. } => return,
            _ => return expr(at, found),
        }
    }
}

/// How many lookups enclose the name.
fn value_depth(value: &Expr) -> usize {
    let mut depth = 0;
    let mut at = value;
    while let ExprKind::Member { target, .. } | ExprKind::Lookup { target, .. } = &at.kind {
        depth += 1;
        at = target;
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Template};

    #[test]
    fn finds_names() {
        let source = "${{ parameters.a.b | dump }}{% for x in steps['s'].output[each.key] %}${{ x.y }}{% endfor %}";
        let template = Template::parse(source, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        let found = template.references();
        let paths: Vec<String> = found.names.iter().map(|name| name.path.join(".")).collect();
        assert_eq!(paths, ["parameters.a.b", "each.key", "steps.s.output"]);
        assert_eq!(found.names.iter().map(|name| name.computed).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(found.filters, ["dump"]);
        assert_eq!(found.names.first().map(|name| name.offset), Some(4));
    }

    #[test]
    fn tells_what_is_asked_for_before_it_is_read() {
        let source = "{% if a %}${{ b }}{% endif %}${{ c or d }}${{ e | default(f) }}${{ g if h else i }}${{ 1 if j is defined }}";
        let template = Template::parse(source, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        let tested: Vec<String> =
            template.references().names.into_iter().filter(|name| name.tested).map(|name| name.path.join(".")).collect();
        assert_eq!(tested, ["a", "c", "e", "h", "j"]);
    }

    #[test]
    fn tells_what_passes_a_name_on() {
        fn parse(source: &str) -> Template<'_> {
            Template::parse(source, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
        }
        let sole = |source: &str| parse(source).sole_reference().map(|name| name.path.join("."));
        assert_eq!(sole("${{ parameters.a['b'] }}").as_deref(), Some("parameters.a.b"));
        for other in ["${{ a | upper }}", "${{ a }}x", "${{ a[b] }}", "${{ a() }}", "a"] {
            assert_eq!(sole(other), None, "{other}");
        }
        let found = parse("${{ a.b === 'x' and not (3 != c) }}").comparisons();
        let found: Vec<_> = found.iter().map(|one| (one.name.path.join("."), one.constant.to_string(), one.equal, one.strict)).collect();
        assert_eq!(found, [("a.b".to_owned(), "\"x\"".to_owned(), true, true), ("c".to_owned(), "3".to_owned(), false, false)]);
    }
}
