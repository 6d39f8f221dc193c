//! A timeline drawn in the terminal.

use lofting::rollouts::simulate::state::{Entry, Trace};

use super::{Share, clock, exposed};
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};

/// Cells of the weight's bar.
const BAR: i32 = 20;
/// Pods drawn one by one; more are a number.
const PODS: i32 = 12;

/// All timelines, and their figures side by side if there are several.
pub(super) fn draw(name: &str, traces: &[(String, Trace)], rate: Option<f64>) -> String {
    let mut out = String::new();
    for (label, trace) in traces {
        out.push_str(&format!("{}  {}\n", styled(BOLD, name), styled(DIM, label)));
        out.push_str(&timeline(trace));
        out.push_str(&ending(trace, rate));
    }
    if traces.len() > 1 {
        out.push_str(&side_by_side(traces, rate));
    }
    out
}

fn timeline(trace: &Trace) -> String {
    let mut out = String::new();
    out.push_str(&styled(DIM, format!("{:>9}  {:<11} {:>4}  {:<26}  pods", "time", "phase", "step", "traffic of the new version")));
    out.push('\n');
    let mut before = String::new();
    let (mut message, mut runs) = (String::new(), Vec::new());
    for entry in &trace.timeline {
        let pods = pods(entry);
        let share = traffic(&Share::of(entry));
        let row = format!("{}{:?}{share}{pods}", entry.phase, entry.step);
        let said = (!entry.message.is_empty() && entry.message != message).then(|| entry.message.clone());
        let now: Vec<String> = entry.analysis_runs.iter().map(|(name, run)| said_of(name, &run.phase, &run.message)).collect();
        let news: Vec<&String> = now.iter().filter(|line| !runs.contains(*line)).collect();
        if row == before && said.is_none() && news.is_empty() {
            continue;
        }
        let step = entry.step.map(|step| step.to_string()).unwrap_or_default();
        let phase = styled(style(&entry.phase), format!("{:<11}", entry.phase));
        out.push_str(&format!("{:>9}  {phase} {step:>4}  {share}  {pods}\n", clock(entry.at)));
        let mut aside = |text: &str| out.push_str(&format!("{:>9}  {}\n", "", styled(DIM, text)));
        if let Some(said) = said {
            aside(&said);
        }
        news.into_iter().for_each(|line| aside(line));
        if let Some(error) = entry.error.as_ref().filter(|_| row != before) {
            aside(&format!("error: {error}"));
        }
        (before, message, runs) = (row, entry.message.to_string(), now);
    }
    out
}

fn said_of(name: &str, phase: &str, message: &str) -> String {
    let phase = if phase.is_empty() { "starts" } else { phase };
    if message.is_empty() { format!("analysis {name}: {phase}") } else { format!("analysis {name}: {phase}: {message}") }
}

fn style(phase: &str) -> anstyle::Style {
    match phase {
        "Healthy" => GOOD,
        "Degraded" => BAD,
        "Paused" => WARN,
        _ => anstyle::Style::new(),
    }
}

/// 26 cells.
fn traffic(share: &Share) -> String {
    match share {
        Share::Initial => format!("{:<26}", "initial deployment"),
        Share::Quiet => format!("{:<26}", "no update on its way"),
        Share::New(percent) => format!("{} {percent:>3} %", bar(*percent)),
    }
}

fn bar(share: i32) -> String {
    let full = (share.clamp(0, 100) * BAR + 50) / 100;
    (0..BAR).map(|cell| if cell < full { '█' } else { '░' }).collect()
}

/// `stable ●●●● new ●○`: ready pods are full.
fn pods(entry: &Entry) -> String {
    let mut parts = Vec::new();
    for (role, set) in entry.replica_sets.iter().filter(|(_, set)| set.replicas > 0 || set.spec > 0) {
        let word = match role {
            role if *role == entry.stable => "stable",
            role if *role == entry.current => "new",
            _ => "old",
        };
        let drawn = if set.replicas <= PODS {
            (0..set.replicas).map(|pod| if pod < set.ready { '●' } else { '○' }).collect()
        } else {
            format!("{}/{}", set.ready, set.replicas)
        };
        parts.push(format!("{role} {word} {drawn}"));
    }
    parts.join("  ")
}

fn ending(trace: &Trace, rate: Option<f64>) -> String {
    use lofting::rollouts::simulate::state::End;
    let summary = &trace.summary;
    let end = match summary.end {
        End::Stable => "nothing is left to happen",
        End::Stuck => "stuck: only a failing reconcile is left",
        End::Horizon => "the scenario's horizon is reached",
        End::Unsettled => "one moment never comes to rest",
    };
    let mut out = format!("{} after {}: {end}\n", styled(style(&summary.phase), &summary.phase), clock(summary.duration));
    out.push_str(&format!("  at most {} pods; the new version answers {}", summary.peak_pods, exposed(summary, rate)));
    if let Some(seconds) = summary.rollback_seconds {
        out.push_str(&format!("; rolled back within {}", clock(seconds)));
    }
    out + "\n"
}

fn side_by_side(traces: &[(String, Trace)], rate: Option<f64>) -> String {
    let width = traces.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let mut out =
        styled(DIM, format!("{:width$}  {:<11} {:>9} {:>9} {:>22} {:>9}", "", "phase", "duration", "peak pods", "exposed", "rollback"));
    out.push('\n');
    for (label, trace) in traces {
        let summary = &trace.summary;
        let rollback = summary.rollback_seconds.map(clock).unwrap_or_default();
        let phase = styled(style(&summary.phase), format!("{:<11}", summary.phase));
        let exposed = exposed(summary, rate);
        out.push_str(&format!(
            "{label:width$}  {phase} {:>9} {:>9} {exposed:>22} {rollback:>9}\n",
            clock(summary.duration),
            summary.peak_pods
        ));
    }
    out
}
