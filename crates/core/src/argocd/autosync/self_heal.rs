//! How long self-healing waits before it tries again (`selfHealRemainingBackoff`).

use jiff::{SignedDuration, Timestamp};

/// The controller's self-heal flags.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SelfHeal {
    /// `--self-heal-timeout-seconds`; counts only without a backoff.
    pub timeout: SignedDuration,
    /// The backoff flags.
    pub backoff: Option<SelfHealBackoff>,
}

/// `--self-heal-backoff-*`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SelfHealBackoff {
    /// The wait after the first attempt.
    pub duration: SignedDuration,
    /// What each further attempt multiplies it by.
    pub factor: f64,
    /// The longest wait; zero is none.
    pub cap: SignedDuration,
}

impl SelfHeal {
    /// What is left of the wait; not positive when it is over. `finished` is when the last operation
    /// ended, if it has.
    pub fn remaining(&self, attempts: i64, finished: Option<Timestamp>, now: Timestamp) -> SignedDuration {
        let wait = self.backoff.map_or(self.timeout, |backoff| backoff.delay(attempts));
        match finished {
            None => wait,
            Some(finished) => wait.saturating_sub(now.duration_since(finished)),
        }
    }
}

impl SelfHealBackoff {
    /// `wait.Backoff` stepped once for every attempt so far, without jitter.
    fn delay(&self, attempts: i64) -> SignedDuration {
        let (mut delay, mut next, mut steps) = (SignedDuration::ZERO, self.duration, attempts);
        for _ in 0..attempts.max(0) {
            delay = next;
            if steps < 1 {
                break;
            }
            steps -= 1;
            if self.factor != 0.0 {
                // Go multiplies as floats and drops the fraction.
                next = SignedDuration::from_nanos(as_nanos(next.as_nanos() as f64 * self.factor));
                if self.cap > SignedDuration::ZERO && next > self.cap {
                    next = self.cap;
                    steps = 0;
                }
            }
            if next == delay {
                break;
            }
        }
        delay
    }
}

/// A float as Go's `int64()` makes it on amd64: out of range is the smallest integer.
fn as_nanos(value: f64) -> i64 {
    const EDGE: f64 = 9_223_372_036_854_775_808.0;
    if value.is_nan() || !(-EDGE..EDGE).contains(&value) { i64::MIN } else { value as i64 }
}
