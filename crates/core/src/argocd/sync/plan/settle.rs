//! When a fold has nothing more to show.

/// Counts passes that equal the one before, while nothing is still to come.
#[derive(Debug)]
pub(crate) struct Settle<T> {
    last: Option<T>,
    same: u32,
}

impl<T: PartialEq> Settle<T> {
    /// No pass yet.
    pub(crate) fn new() -> Self {
        Self { last: None, same: 0 }
    }

    /// Takes a pass in; true once two in a row have equalled the one before.
    pub(crate) fn is_settled(&mut self, pass: T, waiting: bool) -> bool {
        self.same = if self.last.as_ref() == Some(&pass) && !waiting { self.same + 1 } else { 0 };
        self.last = Some(pass);
        self.same >= 2
    }
}
