//! The tree as a small program, and the machine that runs it.

use super::parser::Node;

/// A stop for patterns that would backtrack practically for ever.
const MAX_STEPS: u64 = 200_000_000;

/// Index of an instruction.
type Pc = usize;

#[derive(Debug, Clone)]
enum Step {
    Text(Box<str>),
    /// `?`: any character but a separator.
    Single,
    /// A star; `bounded` stops at separators, `next` is the text that follows it.
    Star {
        bounded: bool,
        next: Box<str>,
        terminal: bool,
    },
    Range {
        not: bool,
        lo: char,
        hi: char,
    },
    Set {
        not: bool,
        chars: Box<[char]>,
    },
    /// Whole remainders that need no way back.
    Prefix {
        text: Box<str>,
        bounded: bool,
    },
    Suffix {
        text: Box<str>,
        bounded: bool,
    },
    PrefixSuffix {
        prefix: Box<str>,
        suffix: Box<str>,
        bounded: bool,
    },
    Contains(Box<str>),
    /// Tries the alternatives in turn.
    Alternatives(Box<[Pc]>),
    /// The end of the pattern.
    End,
}

#[derive(Debug, Clone)]
struct Instruction {
    step: Step,
    next: Pc,
    /// How many alternatives enclose it.
    depth: usize,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Program {
    code: Vec<Instruction>,
    start: Pc,
    separators: Box<[char]>,
    depth: usize,
    min_length: usize,
    /// Whether a star or an alternative may have to come back.
    stateful: bool,
}

const END: Pc = 0;

impl Program {
    pub(super) fn build(tree: Node, separators: &[char]) -> Self {
        let min_length = min_length(&tree);
        let end = Instruction { step: Step::End, next: END, depth: 0 };
        let mut program = Self { code: vec![end], start: END, separators: separators.into(), depth: 0, min_length, stateful: false };
        program.start = program.emit(&[tree], END, 0, true);
        program
    }

    fn add(&mut self, step: Step, next: Pc, depth: usize) -> Pc {
        self.stateful |= matches!(step, Step::Alternatives(_) | Step::Star { terminal: false, .. });
        self.code.push(Instruction { step, next, depth });
        self.code.len() - 1
    }

    /// Emits a sequence back to front, so that each instruction knows its successor.
    fn emit(&mut self, nodes: &[Node], next: Pc, depth: usize, tail: bool) -> Pc {
        if let [Node::Sequence(children)] = nodes {
            return self.emit(children, next, depth, tail);
        }
        self.depth = self.depth.max(depth);
        let bounded = !self.separators.is_empty();
        let (mut at, mut rest) = (next, nodes);
        let mut last = None;
        if tail && let Some((step, used)) = shaped(nodes, bounded) {
            rest = nodes.get(..nodes.len() - used).unwrap_or_default();
            last = Some(leading(&step).to_owned());
            at = self.add(step, next, depth);
        }
        for (index, node) in rest.iter().enumerate().rev() {
            let following = rest
                .get(index + 1)
                .map_or_else(|| last.clone(), |node| Some(if let Node::Text(text) = node { text.clone() } else { String::new() }));
            let is_last = following.is_none();
            let step = match node {
                Node::Void | Node::Sequence(_) => continue,
                Node::Text(text) => Step::Text(text.as_str().into()),
                Node::Single => Step::Single,
                Node::Any | Node::Super => Step::Star {
                    bounded: bounded && *node == Node::Any,
                    terminal: tail && is_last,
                    next: following.unwrap_or_default().into(),
                },
                Node::Range { not, lo, hi } => Step::Range { not: *not, lo: *lo, hi: *hi },
                Node::Set { not, chars } => Step::Set { not: *not, chars: chars.as_slice().into() },
                Node::Alternatives(choices) => {
                    let starts = choices
                        .iter()
                        .map(|choice| match choice {
                            Node::Void => at,
                            choice => self.emit(std::slice::from_ref(choice), at, depth + 1, tail && is_last),
                        })
                        .collect();
                    Step::Alternatives(starts)
                }
            };
            at = self.add(step, at, depth);
        }
        at
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        if text.len() < self.min_length {
            return false;
        }
        let mut run = Run { program: self, text, stars: Vec::new(), choices: Vec::new(), floors: Vec::new(), steps: 0 };
        if self.stateful {
            run.floors = vec![0; self.depth + 2];
        }
        run.run()
    }
}

/// The longest terminal shape at the end of a sequence and how many nodes it takes.
fn shaped(nodes: &[Node], separated: bool) -> Option<(Step, usize)> {
    let star = |node: &Node| match node {
        Node::Any => Some(separated),
        Node::Super => Some(false),
        _ => None,
    };
    let at = |back: usize| nodes.len().checked_sub(back).and_then(|index| nodes.get(index));
    match (at(2)?, at(1)?) {
        (Node::Text(text), last) if let Some(bounded) = star(last) => {
            if !bounded && at(3).and_then(star) == Some(false) {
                return Some((Step::Contains(text.as_str().into()), 3));
            }
            Some((Step::Prefix { text: text.as_str().into(), bounded }, 2))
        }
        (before, Node::Text(suffix)) if let Some(bounded) = star(before) => {
            if let Some(Node::Text(prefix)) = at(3) {
                let (prefix, suffix) = (prefix.as_str().into(), suffix.as_str().into());
                return Some((Step::PrefixSuffix { prefix, suffix, bounded }, 3));
            }
            Some((Step::Suffix { text: suffix.as_str().into(), bounded }, 2))
        }
        _ => None,
    }
}

fn leading(step: &Step) -> &str {
    match step {
        Step::Prefix { text, .. } => text,
        Step::PrefixSuffix { prefix, .. } => prefix,
        _ => "",
    }
}

fn min_length(node: &Node) -> usize {
    match node {
        Node::Text(text) => text.len(),
        Node::Single | Node::Range { .. } | Node::Set { .. } => 1,
        Node::Sequence(children) => children.iter().map(min_length).sum(),
        Node::Alternatives(children) => children.iter().map(min_length).min().unwrap_or(0),
        Node::Void | Node::Any | Node::Super => 0,
    }
}

/// A place to come back to: an offset in the text and an instruction; for
/// alternatives also which of them comes next.
struct Checkpoint {
    offset: usize,
    pc: Pc,
    choice: usize,
}

struct Run<'r> {
    program: &'r Program,
    text: &'r str,
    stars: Vec<Checkpoint>,
    choices: Vec<Checkpoint>,
    /// Per depth of alternatives, how many stars existed when it was entered.
    floors: Vec<usize>,
    steps: u64,
}

impl<'r> Run<'r> {
    fn run(&mut self) -> bool {
        let mut from = Some(Checkpoint { offset: 0, pc: self.program.start, choice: 0 });
        while let Some(checkpoint) = from {
            if self.walk(checkpoint) {
                return true;
            }
            if self.steps > MAX_STEPS {
                return false;
            }
            from = self.stars.pop().or_else(|| self.choices.pop());
            if let Some(resumed) = &from {
                let depth = self.program.code.get(resumed.pc).map_or(0, |i| i.depth);
                let stars = self.stars.len();
                self.floors.iter_mut().skip(1).take(depth).for_each(|floor| *floor = stars);
            }
        }
        false
    }

    fn is_separator(&self, c: char) -> bool {
        self.program.separators.contains(&c)
    }

    fn free_of_separators(&self, text: &str, bounded: bool) -> bool {
        !bounded || !text.contains(&*self.program.separators)
    }

    fn walk(&mut self, from: Checkpoint) -> bool {
        let text: &'r str = self.text;
        let Checkpoint { mut offset, mut pc, mut choice } = from;
        loop {
            self.steps += 1;
            let program: &'r Program = self.program;
            let (Some(Instruction { step, next, depth }), Some(rest)) = (program.code.get(pc), text.get(offset..)) else { return false };
            let taken = match step {
                Step::End => return rest.is_empty(),
                Step::Text(literal) => rest.starts_with(&**literal).then_some(literal.len()),
                Step::Single => rest.chars().next().filter(|c| !self.is_separator(*c)).map(char::len_utf8),
                Step::Range { not, lo, hi } => rest.chars().next().filter(|c| (lo <= c && c <= hi) != *not).map(char::len_utf8),
                Step::Set { not, chars } => rest.chars().next().filter(|c| chars.contains(c) != *not).map(char::len_utf8),
                Step::Star { bounded, next, terminal } => {
                    if *terminal {
                        Some(self.reach(rest, *bounded))
                    } else {
                        self.store_star(Checkpoint { offset, pc, choice: 0 }, rest, *bounded, next, *depth);
                        Some(0)
                    }
                }
                Step::Prefix { text, bounded } => {
                    rest.strip_prefix(&**text).filter(|between| self.free_of_separators(between, *bounded)).map(|_| rest.len())
                }
                Step::Suffix { text, bounded } => {
                    rest.strip_suffix(&**text).filter(|between| self.free_of_separators(between, *bounded)).map(|_| rest.len())
                }
                Step::PrefixSuffix { prefix, suffix, bounded } => rest
                    .strip_prefix(&**prefix)
                    .and_then(|between| between.strip_suffix(&**suffix))
                    .filter(|between| self.free_of_separators(between, *bounded))
                    .map(|_| rest.len()),
                Step::Contains(text) => rest.contains(&**text).then_some(rest.len()),
                Step::Alternatives(starts) => {
                    if choice + 1 < starts.len() {
                        self.choices.push(Checkpoint { offset, pc, choice: choice + 1 });
                    }
                    if let Some(floor) = self.floors.get_mut(depth + 1) {
                        *floor = self.stars.len();
                    }
                    let Some(start) = starts.get(choice) else { return false };
                    (pc, choice) = (*start, 0);
                    continue;
                }
            };
            let Some(taken) = taken else { return false };
            offset += taken;
            pc = *next;
            choice = 0;
        }
    }

    /// How far a star may extend.
    fn reach(&self, rest: &str, bounded: bool) -> usize {
        if bounded { rest.find(&*self.program.separators).unwrap_or(rest.len()) } else { rest.len() }
    }

    /// Remembers where the star resumes: after one more character, or at the
    /// next place where the text that follows it begins.
    fn store_star(&mut self, mut star: Checkpoint, rest: &str, bounded: bool, next: &str, depth: usize) {
        let Some(first) = rest.chars().next() else { return };
        if next.is_empty() {
            if bounded && self.is_separator(first) {
                return;
            }
            star.offset += first.len_utf8();
        } else {
            let reach = self.reach(rest, bounded);
            let end = (reach + next.len()).min(rest.len());
            let Some(found) = rest.as_bytes().get(1..end).and_then(|bytes| memchr::memmem::find(bytes, next.as_bytes())) else { return };
            if found + 1 > reach {
                return;
            }
            star.offset += found + 1;
        }
        if !bounded {
            self.stars.truncate(self.floors.get(depth).copied().unwrap_or(0));
        }
        self.stars.push(star);
    }
}
