//! What is meant when a field is absent: upstream's package `defaults`.

use super::{IntOrString, Metric, Rollout};

/// `DefaultMaxSurge` and `DefaultMaxUnavailable`; without a sign it still means percent.
const DEFAULT_FENCEPOST: &str = "25";
const NANOSECONDS: i64 = 1_000_000_000;

impl Rollout {
    /// `spec.replicas`, or 1.
    pub(crate) fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    /// `GetRevisionHistoryLimitOrDefault`.
    pub(crate) fn revision_history_limit(&self) -> i32 {
        self.spec.revision_history_limit.unwrap_or(10)
    }

    /// `GetProgressDeadlineSecondsOrDefault`.
    pub(crate) fn progress_deadline_seconds(&self) -> i32 {
        self.spec.progress_deadline_seconds.unwrap_or(600)
    }

    /// `GetAnalysisRunSuccessfulHistoryLimitOrDefault`.
    pub(crate) fn successful_run_history_limit(&self) -> i32 {
        self.spec.analysis.as_ref().and_then(|analysis| analysis.successful_run_history_limit).unwrap_or(5)
    }

    /// `GetAnalysisRunUnsuccessfulHistoryLimitOrDefault`.
    pub(crate) fn unsuccessful_run_history_limit(&self) -> i32 {
        self.spec.analysis.as_ref().and_then(|analysis| analysis.unsuccessful_run_history_limit).unwrap_or(5)
    }

    /// `GetAutoPromotionEnabledOrDefault`.
    pub(crate) fn auto_promotion_enabled(&self) -> bool {
        self.blue_green().and_then(|strategy| strategy.auto_promotion_enabled).unwrap_or(true)
    }

    /// `GetMaxSurgeOrDefault`.
    pub(crate) fn max_surge_or_default(&self) -> IntOrString {
        let given = self.canary().and_then(|canary| canary.max_surge.clone());
        given.unwrap_or_else(|| IntOrString::Str(DEFAULT_FENCEPOST.into()))
    }

    /// `GetMaxUnavailableOrDefault`; blue-green's own comes first.
    pub(crate) fn max_unavailable_or_default(&self) -> IntOrString {
        let blue_green = self.blue_green().and_then(|strategy| strategy.max_unavailable.clone());
        let given = blue_green.or_else(|| self.canary().and_then(|canary| canary.max_unavailable.clone()));
        given.unwrap_or_else(|| IntOrString::Str(DEFAULT_FENCEPOST.into()))
    }

    /// `MaxTrafficWeight`: what stands for all traffic.
    pub(crate) fn max_traffic_weight(&self) -> i32 {
        self.traffic_routing().and_then(|routing| routing.max_traffic_weight).unwrap_or(100)
    }

    /// `GetScaleDownDelaySecondsOrDefault`, nanoseconds.
    pub(crate) fn scale_down_delay(&self) -> i64 {
        let mut seconds = 0;
        if let Some(strategy) = self.blue_green() {
            seconds = strategy.scale_down_delay_seconds.unwrap_or(30);
        }
        if let Some(canary) = self.canary().filter(|canary| canary.traffic_routing.is_some()) {
            seconds = canary.scale_down_delay_seconds.unwrap_or(30);
        }
        i64::from(seconds) * NANOSECONDS
    }

    /// `GetAbortScaleDownDelaySecondsOrDefault`: nanoseconds, or `None` for "never", and
    /// whether the user said so.
    pub(crate) fn abort_scale_down_delay(&self) -> (Option<i64>, bool) {
        let given = match (self.blue_green(), self.canary()) {
            (Some(strategy), _) => Some(strategy.abort_scale_down_delay_seconds),
            (None, Some(canary)) if canary.traffic_routing.is_some() => Some(canary.abort_scale_down_delay_seconds),
            _ => None,
        };
        match given {
            None => (Some(0), false),
            Some(None) => (Some(30 * NANOSECONDS), false),
            Some(Some(0)) => (None, true),
            Some(Some(seconds)) => (Some(i64::from(seconds) * NANOSECONDS), true),
        }
    }
}

impl Metric {
    /// `GetConsecutiveErrorLimitOrDefault`.
    pub(crate) fn consecutive_error_limit(&self) -> i32 {
        self.consecutive_error_limit.as_ref().map_or(4, |limit| limit.int_value() as i32)
    }
}
