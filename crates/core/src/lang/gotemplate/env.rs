//! What a run may use besides its data: time, chance, and its limits.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use super::{Options, function::Fault};
use crate::{
    Error,
    lang::gofmt::{MAX_TEXT, regexp::Regexp, time::Time},
};

/// The most statements and calls of one run.
const MAX_STEPS: u64 = 10_000_000;

/// The surroundings of one run.
#[derive(Debug)]
pub(super) struct Env {
    now: Option<Time>,
    seeded: bool,
    state: Cell<u64>,
    variation: u64,
    used: RefCell<Vec<&'static str>>,
    steps: Cell<u64>,
    pub(super) tpl_depth: Cell<usize>,
    regexps: RefCell<HashMap<String, Result<Regexp, String>>>,
}

impl Env {
    /// Time and chance that the caller gave, or made up ones that differ by `variation`.
    pub(super) fn new(options: &Options, variation: u64) -> Self {
        Self {
            now: options.now.map(|now| Time::unix(now.as_second(), u32::try_from(now.subsec_nanosecond()).unwrap_or(0))),
            seeded: options.seed.is_some(),
            state: Cell::new(options.seed.unwrap_or(0x9e37_79b9_7f4a_7c15 ^ (variation << 40))),
            variation,
            used: RefCell::default(),
            steps: Cell::new(0),
            tpl_depth: Cell::new(0),
            regexps: RefCell::default(),
        }
    }

    /// The functions that made something up.
    pub(super) fn used(&self) -> Vec<&'static str> {
        self.used.borrow().clone()
    }

    fn note(&self, name: &'static str) {
        let mut used = self.used.borrow_mut();
        if !used.contains(&name) {
            used.push(name);
        }
    }

    /// The time now.
    pub(super) fn now(&self, function: &'static str) -> Time {
        self.now.clone().unwrap_or_else(|| {
            self.note(function);
            Time::unix(1_600_000_000 + 12_345_678 * self.variation as i64, 123_456_789 * (1 + self.variation as u32))
        })
    }

    /// The next random number, from the caller's seed.
    pub(super) fn random(&self, function: &'static str) -> u64 {
        if !self.seeded {
            self.note(function);
        }
        self.draw()
    }

    /// A random number for something that no seed can make reproducible: keys, certificates, salts.
    pub(super) fn entropy(&self, function: &'static str) -> u64 {
        self.note(function);
        self.draw().wrapping_add(self.variation)
    }

    /// splitmix64
    fn draw(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Counts steps.
    pub(super) fn step(&self, count: u64) -> Result<(), Error> {
        let steps = self.steps.get().saturating_add(count);
        self.steps.set(steps);
        if steps > MAX_STEPS { Err(Error::limit(format!("the template takes more than {MAX_STEPS} steps"))) } else { Ok(()) }
    }

    /// Checks the length of a text before it is made.
    pub(super) fn room(&self, bytes: Option<usize>) -> Result<(), Fault> {
        match bytes {
            Some(bytes) if bytes <= MAX_TEXT => self.step((bytes / 64) as u64).map_err(Fault::Refused),
            _ => Err(Fault::Refused(Error::limit("a text is too long"))),
        }
    }

    /// A compiled expression, kept for the run.
    pub(super) fn regexp(&self, pattern: &str) -> Result<Regexp, Fault> {
        if let Some(known) = self.regexps.borrow().get(pattern) {
            return known.clone().map_err(Fault::Call);
        }
        let compiled = Regexp::compile(pattern).map_err(|error| error.message);
        self.regexps.borrow_mut().insert(pattern.to_owned(), compiled.clone());
        compiled.map_err(Fault::Call)
    }
}
