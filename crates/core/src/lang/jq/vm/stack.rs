//! A stack that can be restored to an earlier state without copying.
//!
//! Each entry knows the one below it; entries up to `limit` belong to a saved
//! state and are not overwritten.

/// Nothing below.
const NONE: usize = usize::MAX;

#[derive(Debug)]
pub(super) struct Stack<T> {
    data: Vec<(T, usize)>,
    index: usize,
    /// One past the last protected entry.
    limit: usize,
}

/// What [`Stack::restore`] needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saved {
    index: usize,
    limit: usize,
}

impl<T> Stack<T> {
    pub(super) fn new() -> Self {
        Self { data: Vec::new(), index: NONE, limit: 0 }
    }

    pub(super) fn push(&mut self, value: T) {
        let above = if self.index == NONE { 0 } else { self.index + 1 };
        let at = above.max(self.limit);
        let entry = (value, self.index);
        match self.data.get_mut(at) {
            Some(slot) => *slot = entry,
            None => self.data.push(entry),
        }
        self.index = at;
    }

    pub(super) fn top(&self) -> Option<&T> {
        self.data.get(self.index).map(|(value, _)| value)
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.data.get(index).map(|(value, _)| value)
    }

    /// The place of the top, `usize::MAX` when there is none.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn set_index(&mut self, index: usize) {
        self.index = index;
    }

    /// Whether the top may be overwritten.
    pub(super) fn top_is_free(&self) -> bool {
        self.index != NONE && self.index >= self.limit
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index == NONE
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    pub(super) fn save(&mut self) -> Saved {
        let saved = Saved { index: self.index, limit: self.limit };
        if self.index != NONE {
            self.limit = self.limit.max(self.index + 1);
        }
        saved
    }

    pub(super) fn restore(&mut self, saved: Saved) {
        self.index = saved.index;
        self.limit = saved.limit;
    }
}

impl<T: Clone> Stack<T> {
    pub(super) fn pop(&mut self) -> Option<T> {
        let (value, below) = self.data.get(self.index)?;
        let (value, below) = (value.clone(), *below);
        self.index = below;
        Some(value)
    }
}

impl<T: Clone + Default> Stack<T> {
    /// As `pop`, without a copy where the entry is not protected.
    pub(super) fn take(&mut self) -> Option<T> {
        let free = self.top_is_free();
        let (value, below) = self.data.get_mut(self.index)?;
        let taken = if free { std::mem::take(value) } else { value.clone() };
        self.index = *below;
        Some(taken)
    }
}
