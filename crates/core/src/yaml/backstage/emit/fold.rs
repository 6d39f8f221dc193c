//! Breaks long scalars at spaces (`foldFlowLines`).

/// Which lines may break where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Plain and single-quoted.
    Flow,
    /// Folded blocks.
    Block,
    /// Double-quoted, where a backslash breaks a line anywhere.
    Quoted,
}

/// Columns of a line.
pub(super) const WIDTH: isize = 80;
/// Columns that content may always have.
const MIN_CONTENT: isize = 20;

const NEWLINE: u16 = b'\n' as u16;
const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;
const BACKSLASH: u16 = b'\\' as u16;

fn signed(length: usize) -> isize {
    isize::try_from(length).unwrap_or(isize::MAX / 4)
}

/// The places where lines break.
#[derive(Debug, Default)]
struct Folds {
    at: Vec<isize>,
    escaped: std::collections::HashSet<isize>,
    overflow: bool,
    /// The width is less than an escape: nothing is folded.
    hopeless: bool,
}

/// The folded text, and whether a line stayed too long.
pub(super) fn fold(text: Vec<u16>, indent: usize, mode: Mode, indent_at_start: Option<usize>) -> (Vec<u16>, bool) {
    let end_step = (1 + MIN_CONTENT).max(1 + WIDTH - signed(indent));
    if signed(text.len()) <= end_step {
        return (text, false);
    }
    let mut folds = Folds::default();
    let mut end = WIDTH - signed(indent);
    if let Some(at_start) = indent_at_start {
        if signed(at_start) > WIDTH - MIN_CONTENT.max(2) {
            folds.at.push(0);
        } else {
            end = WIDTH - signed(at_start);
        }
    }
    Scan { text: &text, indent: signed(indent), mode, end_step, at: -1, end }.run(&mut folds);
    if folds.hopeless || folds.at.is_empty() {
        return (text, folds.overflow && !folds.hopeless);
    }
    let slice = |from: isize, to: isize| {
        let bound = |at: isize| usize::try_from(at).unwrap_or(0).min(text.len());
        text.get(bound(from)..bound(to).max(bound(from))).unwrap_or_default()
    };
    let mut out = slice(0, folds.at.first().copied().unwrap_or(0)).to_vec();
    for (index, &fold) in folds.at.iter().enumerate() {
        let end = folds.at.get(index + 1).copied().filter(|end| *end != 0).unwrap_or(signed(text.len()));
        if fold == 0 {
            out.clear();
            super::line_break(&mut out, indent);
            out.extend_from_slice(slice(0, end));
            continue;
        }
        if mode == Mode::Quoted && folds.escaped.contains(&fold) {
            out.extend_from_slice(slice(fold, fold + 1));
            out.push(BACKSLASH);
        }
        super::line_break(&mut out, indent);
        out.extend_from_slice(slice(fold + 1, end));
    }
    (out, folds.overflow)
}

/// One pass over a text.
struct Scan<'a> {
    text: &'a [u16],
    indent: isize,
    mode: Mode,
    end_step: isize,
    at: isize,
    /// The column at which the line is full.
    end: isize,
}

impl Scan<'_> {
    fn get(&self, at: isize) -> Option<u16> {
        self.text.get(usize::try_from(at).ok()?).copied()
    }

    fn run(&mut self, folds: &mut Folds) {
        if self.mode == Mode::Block {
            self.at = self.more_indented(-1);
            if self.at != -1 {
                self.end = self.at + self.end_step;
            }
        }
        let (mut split, mut previous) = (None, None);
        let (mut escape_start, mut escape_end) = (-1, -1);
        loop {
            self.at += 1;
            let Some(mut c) = self.get(self.at) else { break };
            if self.mode == Mode::Quoted && c == BACKSLASH {
                escape_start = self.at;
                self.at += match self.get(self.at + 1) {
                    Some(120) => 3,
                    Some(117) => 5,
                    Some(85) => 9,
                    _ => 1,
                };
                escape_end = self.at;
            }
            if c == NEWLINE {
                if self.mode == Mode::Block {
                    self.at = self.more_indented(self.at);
                }
                self.end = self.at + self.indent + self.end_step;
                split = None;
            } else {
                let blank = |c: u16| matches!(c, NEWLINE | SPACE | TAB);
                if c == SPACE && previous.is_some_and(|previous| !blank(previous)) && self.get(self.at + 1).is_some_and(|next| !blank(next))
                {
                    split = Some(self.at);
                }
                if self.at >= self.end {
                    if let Some(at) = split.take() {
                        folds.at.push(at);
                        self.end = at + self.end_step;
                    } else if self.mode == Mode::Quoted {
                        while matches!(previous, Some(SPACE | TAB)) {
                            previous = Some(c);
                            self.at += 1;
                            folds.overflow = true;
                            match self.get(self.at) {
                                Some(next) => c = next,
                                None => break,
                            }
                        }
                        let at = if self.at > escape_end + 1 { self.at - 2 } else { escape_start - 1 };
                        if !folds.escaped.insert(at) {
                            folds.hopeless = true;
                            return;
                        }
                        folds.at.push(at);
                        self.end = at + self.end_step;
                    } else {
                        folds.overflow = true;
                    }
                }
            }
            previous = Some(c);
        }
    }

    /// The last line break of lines that are indented more, which are not folded.
    fn more_indented(&self, from: isize) -> isize {
        let (mut at, mut end, mut start) = (from, from, from + 1);
        let mut c = self.get(start);
        while matches!(c, Some(SPACE | TAB)) {
            if at < start + self.indent {
                at += 1;
                c = self.get(at);
            } else {
                loop {
                    at += 1;
                    c = self.get(at);
                    if c.is_none() || c == Some(NEWLINE) {
                        break;
                    }
                }
                end = at;
                start = at + 1;
                c = self.get(start);
            }
        }
        end
    }
}
