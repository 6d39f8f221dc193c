//! A timeline as a picture: the traffic of the new version above, the pods of each ReplicaSet below.

use lofting::rollouts::simulate::state::{Entry, Trace};

use super::{Share, clock, exposed};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const WEIGHTS: f64 = 120.0;
const PODS: f64 = 120.0;
/// From one timeline to the next.
const PANEL: f64 = 424.0;
/// Where the upper plot begins.
const TOP: f64 = 106.0;
/// Between the plots.
const GAP: f64 = 34.0;
/// Colours of the ReplicaSets in order of creation; the new version's is the second.
const COLORS: &[&str] = &["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#9d755d"];
const BAD: &str = "#c0392b";
const QUIET: &str = "#667";

/// One picture, one panel a scenario.
pub(super) fn picture(name: &str, traces: &[(String, Trace)]) -> String {
    let (width, height) = (LEFT + WIDTH + RIGHT, PANEL * traces.len() as f64);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (index, (label, trace)) in traces.iter().enumerate() {
        out.push_str(&format!(
            "<g transform=\"translate({LEFT},{})\">\n{}</g>\n",
            PANEL * index as f64,
            Panel::new(trace).draw(name, label)
        ));
    }
    out + "</svg>\n"
}

struct Panel<'a> {
    trace: &'a Trace,
    /// Seconds shown.
    span: f64,
    roles: Vec<&'a str>,
}

impl<'a> Panel<'a> {
    fn new(trace: &'a Trace) -> Self {
        let mut roles: Vec<&str> = trace.timeline.iter().flat_map(|entry| entry.replica_sets.keys().map(|role| role.as_str())).collect();
        roles.sort_unstable();
        roles.dedup();
        // A little air behind the last state, so that it can be seen.
        Self { trace, span: (trace.summary.at.max(1) as f64) * 1.03, roles }
    }

    fn x(&self, at: i64) -> f64 {
        at as f64 / self.span * WIDTH
    }

    fn draw(&self, name: &str, label: &str) -> String {
        let summary = &self.trace.summary;
        let phase = if summary.phase == "Healthy" { QUIET } else { BAD };
        let mut out = format!(
            "<text y=\"24\" font-size=\"15\" font-weight=\"bold\">{}: {}</text>\n<text y=\"44\" fill=\"{phase}\">{}</text>\n{}",
            escape(name),
            escape(label),
            escape(&figures(self.trace)),
            told(&summary.message, phase)
        );
        let pods = TOP + WEIGHTS + GAP;
        out.push_str(&self.stages(TOP, pods + PODS));
        out.push_str(&axis(TOP, WEIGHTS, "100 %", "traffic of the new version"));
        let share = |entry: &Entry| TOP + WEIGHTS * (1.0 - f64::from(Share::of(entry).percent()) / 100.0);
        let line = self.line(share);
        let bottom = TOP + WEIGHTS;
        out.push_str(&format!("<path d=\"M0,{bottom} L{line} L{WIDTH},{bottom} Z\" fill=\"{}\" fill-opacity=\"0.18\"/>\n", COLORS[1]));
        out.push_str(&format!("<polyline points=\"{line}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", COLORS[1]));
        out.push_str(&self.pods(pods));
        out.push_str(&self.time(pods + PODS));
        out
    }

    /// Light bands where it is paused, red ones where it is degraded, and a mark at each new step.
    fn stages(&self, top: f64, bottom: f64) -> String {
        let mut out = String::new();
        let ends = self.trace.timeline.iter().skip(1).map(|entry| entry.at).chain([self.span as i64]);
        let mut step = None;
        for (entry, until) in self.trace.timeline.iter().zip(ends) {
            let (from, width) = (self.x(entry.at), (self.x(until) - self.x(entry.at)).max(0.0));
            let color = match entry.phase.as_str() {
                "Paused" => Some("#f2d16b"),
                "Degraded" => Some("#e9a8a0"),
                _ => None,
            };
            if let Some(color) = color {
                out.push_str(&format!(
                    "<rect x=\"{from:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{}\" fill=\"{color}\" fill-opacity=\"0.35\"><title>{}: {}</title></rect>\n",
                    bottom - top,
                    escape(&entry.phase),
                    escape(&entry.message)
                ));
            }
            if entry.step != step && entry.at > 0 {
                let number = entry.step.map(|step| step.to_string()).unwrap_or_default();
                out.push_str(&format!(
                    "<path d=\"M{from:.1},{top} V{bottom}\" stroke=\"#bbb\" stroke-dasharray=\"2 3\"/>\n<text x=\"{from:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{QUIET}\">{number}</text>\n",
                    top - 4.0
                ));
            }
            step = entry.step;
        }
        out
    }

    fn pods(&self, top: f64) -> String {
        let most = self.trace.summary.peak_pods.max(1);
        let mut out = axis(top, PODS, &most.to_string(), "pods");
        let last = self.trace.timeline.last();
        for (index, role) in self.roles.iter().enumerate() {
            let y = |count: i32| top + PODS * (1.0 - f64::from(count) / most as f64);
            let of = |entry: &Entry| entry.replica_sets.get(*role).map_or((0, 0), |set| (set.replicas, set.available));
            let color = COLORS.get(index % COLORS.len()).copied().unwrap_or("black");
            let (all, available) = (self.line(|entry| y(of(entry).0)), self.line(|entry| y(of(entry).1)));
            out.push_str(&format!(
                "<polyline points=\"{all}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1\" stroke-dasharray=\"4 3\"/>\n"
            ));
            out.push_str(&format!("<polyline points=\"{available}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n"));
            let word = match last {
                Some(last) if last.stable == *role => ", stable in the end",
                _ => "",
            };
            let revision = self.trace.timeline.iter().find_map(|entry| entry.replica_sets.get(*role)).map(|set| set.revision.as_str());
            let text = format!("{role} (revision {}{word})", revision.unwrap_or_default());
            let (x, y) = (220.0 * index as f64, top + PODS + 42.0);
            out.push_str(&format!(
                "<path d=\"M{x},{} h18\" stroke=\"{color}\" stroke-width=\"3\"/><text x=\"{}\" y=\"{y}\">{}</text>\n",
                y - 4.0,
                x + 24.0,
                escape(&text)
            ));
        }
        let x = 220.0 * self.roles.len() as f64;
        out + &format!("<text x=\"{x}\" y=\"{}\" fill=\"{QUIET}\">solid: available, dashed: all</text>\n", top + PODS + 42.0)
    }

    fn time(&self, bottom: f64) -> String {
        let step = tick(self.trace.summary.at.max(1));
        let ticks = (0..=self.trace.summary.at / step).map(|index| index * step);
        let text = |at: i64| {
            let x = self.x(at);
            format!(
                "<path d=\"M{x:.1},{bottom} v4\" stroke=\"#999\"/><text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{QUIET}\">{}</text>\n",
                bottom + 17.0,
                clock(at)
            )
        };
        ticks.map(text).collect()
    }

    /// A line that holds each value until the next state.
    fn line(&self, y: impl Fn(&Entry) -> f64) -> String {
        let ends = self.trace.timeline.iter().skip(1).map(|entry| self.x(entry.at)).chain([WIDTH]);
        let points = self.trace.timeline.iter().zip(ends).map(|(entry, until)| {
            let y = y(entry);
            format!("{:.1},{y:.1} {until:.1},{y:.1}", self.x(entry.at))
        });
        points.collect::<Vec<_>>().join(" ")
    }
}

/// A round number of seconds that gives at most eight ticks.
fn tick(span: i64) -> i64 {
    const ROUND: &[i64] = &[5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
    ROUND.iter().copied().find(|step| span / step <= 8).unwrap_or(span / 8 + 1)
}

/// How it ended, in one line.
fn figures(trace: &Trace) -> String {
    let summary = &trace.summary;
    let rollback = summary.rollback_seconds.map(|seconds| format!(", rolled back within {}", clock(seconds))).unwrap_or_default();
    format!("{} after {}, at most {} pods{rollback}", summary.phase, clock(summary.duration), summary.peak_pods)
}

/// Letters in a line of the picture's width, and lines of a message.
const LETTERS: usize = 132;
const LINES: usize = 2;

/// A message in at most two lines; the whole of it when the pointer rests there.
fn told(message: &str, color: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in message.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LETTERS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.chars().take(LETTERS).collect()),
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            *last = last.chars().take(LETTERS - 2).collect::<String>() + " …";
        }
    }
    let line = |(index, line): (usize, &String)| {
        let y = 61 + 16 * index;
        format!("<text y=\"{y}\" fill=\"{color}\">{}<title>{}</title></text>\n", escape(line), escape(message))
    };
    lines.iter().enumerate().map(line).collect()
}

fn axis(top: f64, height: f64, most: &str, what: &str) -> String {
    let bottom = top + height;
    format!(
        "<path d=\"M0,{top} V{bottom} H{WIDTH}\" fill=\"none\" stroke=\"#999\"/>\n<text x=\"-6\" y=\"{}\" text-anchor=\"end\" fill=\"{QUIET}\">{most}</text>\n<text x=\"-6\" y=\"{bottom}\" text-anchor=\"end\" fill=\"{QUIET}\">0</text>\n<text transform=\"translate(-44,{}) rotate(-90)\" text-anchor=\"middle\" font-size=\"10\" fill=\"{QUIET}\">{what}</text>\n",
        top + 8.0,
        top + height / 2.0
    )
}

const STYLE: &str = "body{font-family:system-ui,sans-serif;margin:2em;max-width:1000px;color:#222}table{border-collapse:collapse;margin:1em 0}td,th{padding:3px 14px 3px 0;text-align:left;vertical-align:top;border-bottom:1px solid #eee}td.n,th.n{text-align:right}.Healthy{color:#2e7d32}.Degraded{color:#c0392b}.Paused{color:#a67c00}small{color:#667}";

/// The picture, the figures and the states in a page of its own.
pub(super) fn page(name: &str, traces: &[(String, Trace)], rate: Option<f64>) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>\n<style>{STYLE}</style>\n<h1>{0}</h1>\n",
        escape(name)
    );
    out.push_str("<table><tr><th>scenario<th>ends<th class=\"n\">duration<th class=\"n\">most pods<th class=\"n\">exposed<th class=\"n\">rollback</tr>\n");
    for (label, trace) in traces {
        let summary = &trace.summary;
        let rollback = summary.rollback_seconds.map(clock).unwrap_or_default();
        out.push_str(&format!(
            "<tr><td>{}<td class=\"{1}\">{1}<td class=\"n\">{2}<td class=\"n\">{3}<td class=\"n\">{4}<td class=\"n\">{rollback}</tr>\n",
            escape(label),
            escape(&summary.phase),
            clock(summary.duration),
            summary.peak_pods,
            exposed(summary, rate)
        ));
    }
    out.push_str("</table>\n");
    out.push_str(&picture(name, traces));
    for (label, trace) in traces {
        out.push_str(&format!(
            "<h2>{}</h2>\n<table><tr><th>time<th>phase<th class=\"n\">step<th class=\"n\">weight<th>pods (available / all)<th>what happened</tr>\n",
            escape(label)
        ));
        trace.timeline.iter().for_each(|entry| out.push_str(&row(entry)));
        out.push_str("</table>\n");
    }
    out + "</html>\n"
}

fn row(entry: &Entry) -> String {
    let step = entry.step.map(|step| step.to_string()).unwrap_or_default();
    let sets = entry.replica_sets.iter().filter(|(_, set)| set.replicas > 0 || set.spec > 0);
    let sets: Vec<String> = sets.map(|(role, set)| format!("{} {}/{}", escape(role), set.available, set.replicas)).collect();
    let mut told: Vec<String> = entry.events.iter().map(|event| format!("<small>{}</small>", escape(event))).collect();
    if !entry.message.is_empty() {
        told.insert(0, escape(&entry.message));
    }
    if let Some(error) = &entry.error {
        told.push(format!("error: {}", escape(error)));
    }
    let share = match Share::of(entry) {
        Share::Initial => "initial".to_owned(),
        Share::Quiet => "–".to_owned(),
        Share::New(percent) => format!("{percent} %"),
    };
    format!(
        "<tr><td>{}<td class=\"{1}\">{1}<td class=\"n\">{step}<td class=\"n\">{2}<td>{3}<td>{4}</tr>\n",
        clock(entry.at),
        escape(&entry.phase),
        share,
        sets.join(", "),
        told.join("<br>")
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
