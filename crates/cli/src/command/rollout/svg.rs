//! A timeline as a picture.

use lofting::rollouts::simulate::state::{Entry, Trace};

use super::{clock, weight};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 56.0;
const WEIGHTS: f64 = 120.0;
const PODS: f64 = 120.0;
/// Height of one timeline with its headings.
const PANEL: f64 = 340.0;
/// Colours of the ReplicaSets in order of creation.
const COLORS: &[&str] = &["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#9d755d"];

/// One picture, one panel a scenario.
pub(super) fn picture(name: &str, traces: &[(String, Trace)]) -> String {
    let height = PANEL * traces.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" width=\"{total}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        total = LEFT + WIDTH + 24.0
    );
    for (index, (label, trace)) in traces.iter().enumerate() {
        out.push_str(&format!("<g transform=\"translate({LEFT},{})\">\n{}</g>\n", PANEL * index as f64, panel(name, label, trace)));
    }
    out + "</svg>\n"
}

/// The picture and the states in a page of its own.
pub(super) fn page(name: &str, traces: &[(String, Trace)]) -> String {
    let name = escape(name);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{name}</title>\n<style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:2px 12px 2px 0;text-align:left}}</style>\n<h1>{name}</h1>\n"
    );
    out.push_str(&picture(&name, traces));
    for (label, trace) in traces {
        out.push_str(&format!("<h2>{}</h2>\n<table><tr><th>time<th>phase<th>step<th>weight<th>message</tr>\n", escape(label)));
        for entry in &trace.timeline {
            let step = entry.step.map(|step| step.to_string()).unwrap_or_default();
            let row = [clock(entry.at), escape(&entry.phase), step, format!("{} %", weight(entry)), escape(&entry.message)];
            out.push_str(&format!("<tr><td>{}</tr>\n", row.join("<td>")));
        }
        out.push_str("</table>\n");
    }
    out + "</html>\n"
}

fn panel(name: &str, label: &str, trace: &Trace) -> String {
    let span = trace.summary.at.max(1) as f64;
    let x = |at: i64| at as f64 / span * WIDTH;
    let mut out = format!(
        "<text x=\"0\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{} — {}: {} after {}</text>\n",
        escape(name),
        escape(label),
        escape(&trace.summary.phase),
        clock(trace.summary.duration)
    );
    let top = 40.0;
    out.push_str(&axis(top, WEIGHTS, "100 %"));
    let points = steps(&trace.timeline, trace.summary.at, x, |entry| top + WEIGHTS * (1.0 - f64::from(weight(entry)) / 100.0));
    out.push_str(&format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"><title>traffic of the new version</title></polyline>\n", COLORS[1]));
    let top = top + WEIGHTS + 24.0;
    let most = trace.summary.peak_pods.max(1);
    out.push_str(&axis(top, PODS, &format!("{most} pods")));
    for (index, role) in roles(&trace.timeline).iter().enumerate() {
        let count = |entry: &Entry| entry.replica_sets.get(*role).map_or(0, |set| set.replicas);
        let points = steps(&trace.timeline, trace.summary.at, x, |entry| top + PODS * (1.0 - f64::from(count(entry)) / most as f64));
        let color = COLORS.get(index % COLORS.len()).copied().unwrap_or("black");
        out.push_str(&format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n"));
        out.push_str(&format!("<text x=\"{}\" y=\"{}\" fill=\"{color}\">{}</text>\n", 60 + index * 60, top + PODS + 34.0, escape(role)));
    }
    let under = top + PODS + 16.0;
    for part in 0..=4_i64 {
        let at = trace.summary.at * part / 4;
        out.push_str(&format!("<text x=\"{:.1}\" y=\"{under}\" text-anchor=\"middle\" fill=\"#666\">{}</text>\n", x(at), clock(at)));
    }
    out + &format!("<text x=\"0\" y=\"{}\">pods of</text>\n", top + PODS + 34.0)
}

fn axis(top: f64, height: f64, most: &str) -> String {
    let bottom = top + height;
    format!(
        "<path d=\"M0,{top} V{bottom} H{WIDTH}\" fill=\"none\" stroke=\"#999\"/>\n<text x=\"-6\" y=\"{}\" text-anchor=\"end\" fill=\"#666\">{most}</text>\n<text x=\"-6\" y=\"{bottom}\" text-anchor=\"end\" fill=\"#666\">0</text>\n",
        top + 6.0
    )
}

/// A line that holds each value until the next state.
fn steps(timeline: &[Entry], end: i64, x: impl Fn(i64) -> f64, y: impl Fn(&Entry) -> f64) -> String {
    let mut points = String::new();
    let ends = timeline.iter().skip(1).map(|entry| entry.at).chain([end]);
    for (entry, until) in timeline.iter().zip(ends) {
        points.push_str(&format!("{:.1},{:.1} {:.1},{:.1} ", x(entry.at), y(entry), x(until), y(entry)));
    }
    points
}

fn roles(timeline: &[Entry]) -> Vec<&str> {
    let mut roles: Vec<&str> = timeline.iter().flat_map(|entry| entry.replica_sets.keys().map(String::as_str)).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
