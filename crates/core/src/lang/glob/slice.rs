//! A slice of Go that holds paths.
//!
//! `doublestar.Glob` hands its results down and appends to them on both sides, so that what one side appends may overwrite
//! what the other still has to read. Which of it does depends on the room behind the slice.

use std::cell::RefCell;
use std::rc::Rc;

use crate::lang::gofmt::next_capacity;

/// A part of an array that others may see as well; the array is as long as its capacity.
#[derive(Clone, Default)]
pub(super) struct Slice {
    array: Rc<RefCell<Vec<String>>>,
    len: usize,
}

impl Slice {
    /// `[]string{item}`
    pub(super) fn of(item: String) -> Self {
        Self { array: Rc::new(RefCell::new(vec![item])), len: 1 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What stands at a place by now.
    pub(super) fn at(&self, index: usize) -> String {
        self.array.borrow().get(index).cloned().unwrap_or_default()
    }

    pub(super) fn to_vec(&self) -> Vec<String> {
        self.array.borrow().get(..self.len).unwrap_or_default().to_vec()
    }

    /// `append`: in place while there is room, whoever else looks at it.
    pub(super) fn push(&mut self, item: String) {
        let room = self.array.borrow().len();
        if self.len == room {
            let mut array = self.to_vec();
            array.resize(next_capacity(room), String::new());
            self.array = Rc::new(RefCell::new(array));
        }
        if let Some(place) = self.array.borrow_mut().get_mut(self.len) {
            *place = item;
        }
        self.len += 1;
    }

    /// Merges the sorted items from `start` to `middle` with the sorted ones behind them, in place and without duplicates
    /// between the two. What falls behind the end is the last item once more (`sortAndRemoveDups`).
    pub(super) fn merge(&mut self, start: usize, middle: usize) {
        let mut array = self.array.borrow_mut();
        let mut at = start;
        while at < middle && middle < self.len {
            let Some((left, right)) = array.get_mut(..self.len).and_then(|items| items.split_at_mut_checked(middle)) else { return };
            let (Some(left), Some(first)) = (left.get_mut(at), right.first_mut()) else { return };
            match left.as_str().cmp(first.as_str()) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Greater => {
                    std::mem::swap(left, first);
                    let moved = first.clone();
                    let smaller = right.iter().skip(1).take_while(|item| **item < moved).count();
                    right.get_mut(..=smaller).into_iter().for_each(|part| part.rotate_left(1));
                }
                std::cmp::Ordering::Equal => {
                    right.rotate_left(1);
                    if let [.., last, free] = right {
                        free.clone_from(last);
                    }
                    self.len -= 1;
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slice;

    fn slice(items: &[&str]) -> Slice {
        let mut slice = Slice::default();
        items.iter().for_each(|item| slice.push((*item).to_owned()));
        slice
    }

    #[test]
    fn appends_where_another_reads() {
        let base = slice(&["a", "b", "c"]);
        let (mut one, mut other) = (base.clone(), base);
        one.push("one".into());
        other.push("other".into());
        assert_eq!(one.to_vec(), ["a", "b", "c", "other"]);
        // No room is left: each has an array of its own from here on.
        one.push("five".into());
        other.push("5".into());
        assert_eq!(one.at(4), "five");
        assert_eq!(other.at(4), "5");
    }

    #[test]
    fn merges_two_sorted_parts() {
        for (items, middle, merged) in [
            // The last swap can leave two of a kind.
            (&["x", "b", "d", "a", "b", "e"][..], 3, &["x", "a", "b", "b", "d", "e"][..]),
            (&["x", "a", "b", "a", "b"], 3, &["x", "a", "b"]),
            (&["x", "c", "a", "b"], 2, &["x", "a", "b", "c"]),
            (&["x", "a", "b"], 2, &["x", "a", "b"]),
        ] {
            let mut slice = slice(items);
            slice.merge(1, middle);
            assert_eq!(slice.to_vec(), merged, "{items:?}");
        }
    }
}
