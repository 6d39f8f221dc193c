//! Slices: a window on a shared array, with length and capacity.

use std::{cell::RefCell, rc::Rc};

use super::{Text, Value};

/// The element type of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elem {
    /// `[]interface {}`
    Any,
    /// `[]string`
    Str,
    /// `[]int`
    Int,
    /// `[]uint8`
    Byte,
    /// `[][]interface {}`
    AnyList,
    /// `[]map[string]interface {}`
    AnyMap,
}

impl Elem {
    /// The slice type's name.
    pub fn slice_type(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Str => "[]string",
            Self::Int => "[]int",
            Self::Byte => "[]uint8",
            Self::AnyList => "[][]interface {}",
            Self::AnyMap => "[]map[string]interface {}",
        }
    }

    /// The element type's zero value.
    pub fn zero(self) -> Value {
        match self {
            Self::Any => Value::Nil,
            Self::Str => Value::text(""),
            Self::Int => Value::Int(0),
            Self::Byte => Value::Uint8(0),
            Self::AnyList => Value::List(List::nil(Self::Any)),
            Self::AnyMap => Value::Map(super::Map::nil(false)),
        }
    }

    fn has_pointers(self) -> bool {
        !matches!(self, Self::Int | Self::Byte)
    }

    fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Int | Self::AnyMap => 8,
            Self::Any | Self::Str => 16,
            Self::AnyList => 24,
        }
    }
}

/// A slice. Cloning shares the array, as assigning does in Go.
#[derive(Debug, Clone)]
pub struct List {
    /// What it holds.
    pub elem: Elem,
    array: Option<Rc<Array>>,
    start: usize,
    len: usize,
    cap: usize,
}

#[derive(Debug)]
struct Array(RefCell<Vec<Value>>);

impl Drop for Array {
    fn drop(&mut self) {
        let mut values = std::mem::take(self.0.get_mut());
        while let Some(value) = values.pop() {
            dismantle(value, &mut values);
        }
    }
}

/// Takes the children out of a value that nobody else holds, so that dropping deep values needs no stack.
pub(super) fn dismantle(value: Value, rest: &mut Vec<Value>) {
    match value {
        Value::List(List { array: Some(array), .. }) => {
            if let Ok(array) = Rc::try_unwrap(array) {
                rest.append(&mut array.0.borrow_mut());
            }
        }
        Value::Map(map) => map.dismantle(rest),
        _ => {}
    }
}

impl List {
    /// A slice as long as its array.
    pub fn new(elem: Elem, items: Vec<Value>) -> Self {
        let len = items.len();
        Self { elem, array: Some(Rc::new(Array(RefCell::new(items)))), start: 0, len, cap: len }
    }

    /// `[]interface {}` as long as its array.
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(Elem::Any, items)
    }

    /// `[]string`
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Elem::Str, items.into_iter().map(Value::text).collect())
    }

    /// `[]string` made with `room` for so many and filled by appending one by one.
    pub fn strings_from<T: Into<Text>>(room: usize, items: impl IntoIterator<Item = T>) -> Self {
        let mut list = Self::strings(items);
        list.cap = room;
        while list.cap < list.len {
            list.cap = grown(list.cap, list.cap + 1, Elem::Str);
        }
        list
    }

    /// `[]interface {}` that grew by appending one by one, as `encoding/json` makes it.
    pub fn appended(items: Vec<Value>) -> Self {
        let cap = appended_capacity(items.len());
        let mut list = Self::any(items);
        list.cap = cap;
        list
    }

    /// A copy of `self`'s items plus one, as `append` on a full slice makes it.
    pub fn pushed(items: Vec<Value>) -> Self {
        let before = items.len().saturating_sub(1);
        let mut list = Self::any(items);
        list.cap = grown(before, before + 1, Elem::Any);
        list
    }

    /// An item and what `append` put behind it at once.
    pub fn prepended(items: Vec<Value>) -> Self {
        let after = items.len();
        let mut list = Self::any(items);
        list.cap = if after > 1 { grown(1, after, Elem::Any) } else { after };
        list
    }

    /// The same items in an array with `room` for so many.
    pub fn with_room(mut self, room: usize) -> Self {
        self.cap = self.cap.max(room);
        self
    }

    /// The nil slice of a type.
    pub fn nil(elem: Elem) -> Self {
        Self { elem, array: None, start: 0, len: 0, cap: 0 }
    }

    /// Whether it is the nil slice.
    pub fn is_nil(&self) -> bool {
        self.array.is_none()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One item.
    pub fn get(&self, index: usize) -> Option<Value> {
        if index >= self.len {
            return None;
        }
        let array = self.array.as_ref()?.0.borrow();
        Some(array.get(self.start + index).cloned().unwrap_or_else(|| self.elem.zero()))
    }

    /// A copy of the items.
    pub fn to_vec(&self) -> Vec<Value> {
        (0..self.len).filter_map(|index| self.get(index)).collect()
    }

    /// Sorts the shared array's window in place by bytes, as `sort.Strings` does.
    pub fn sort_texts(&self) {
        let Some(array) = &self.array else { return };
        let mut array = array.0.borrow_mut();
        let (start, end) = (self.start.min(array.len()), (self.start + self.len).min(array.len()));
        if let Some(window) = array.get_mut(start..end) {
            window.sort_by(|a, b| match (a, b) {
                (Value::Str(a), Value::Str(b)) => a.cmp(b),
                _ => std::cmp::Ordering::Equal,
            });
        }
    }

    /// `list[from:to]`; `None` where Go panics.
    pub fn slice(&self, from: usize, to: usize) -> Option<Self> {
        if from > to || to > self.cap {
            return None;
        }
        if let Some(array) = &self.array {
            let mut array = array.0.borrow_mut();
            while array.len() < self.start + to {
                array.push(self.elem.zero());
            }
        }
        Some(Self { start: self.start + from, len: to - from, cap: self.cap - from, ..self.clone() })
    }

    /// Whether both are the same window on the same array.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.array, &other.array) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) && self.start == other.start && self.len == other.len,
            (None, None) => true,
            _ => false,
        }
    }
}

/// The capacity of a `[]interface {}` that grew to `len` by appending one by one.
pub(crate) fn appended_capacity(len: usize) -> usize {
    let mut cap = 0;
    while cap < len {
        cap = next_capacity(cap);
    }
    cap
}

/// The capacity of a full slice of strings or interfaces after one more item.
pub(crate) fn next_capacity(cap: usize) -> usize {
    grown(cap, cap + 1, Elem::Any)
}

/// From this size on an array with pointers has a header (`minSizeForMallocHeader`).
const HEADER_FROM: usize = 512;
/// The size of that header.
const HEADER: usize = 8;
/// The largest size class.
const LARGEST: usize = 32_768;

/// The runtime's growth rule (`growslice`) and its size classes (`roundupsize`).
fn grown(old: usize, needed: usize, elem: Elem) -> usize {
    const CLASSES: [usize; 67] = [
        8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512, 576, 640,
        704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5120, 5376, 6144, 6528, 6784,
        6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    ];
    let mut cap = if needed > old * 2 {
        needed
    } else if old < 256 {
        old * 2
    } else {
        let mut cap = old;
        while cap < needed {
            cap += (cap + 768) / 4;
        }
        cap
    };
    let bytes = cap * elem.size();
    let header = if elem.has_pointers() && bytes > HEADER_FROM && bytes <= LARGEST - HEADER { HEADER } else { 0 };
    let class = CLASSES.iter().copied().find(|class| *class >= bytes + header);
    let rounded = class.unwrap_or_else(|| (bytes + header).div_ceil(8192) * 8192);
    cap = (rounded - header) / elem.size();
    cap.max(needed)
}
