//! Bars, drawn by plotters as SVG.

use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;

const WIDTH: u32 = 860;
/// Height of one bar with its gap.
const BAR: u32 = 28;
const COLOR: RGBColor = RGBColor(0x2f, 0x6f, 0xb0);

/// Horizontal bars, one a row; the axis ends at `end`, or at the largest value when that is 0. Empty when there is nothing to draw.
pub(super) fn bars(rows: &[(String, f64)], end: f64) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut svg = String::new();
    // A picture that cannot be drawn is left out; its numbers stand in the table.
    if draw(&mut svg, rows, end).is_err() {
        return String::new();
    }
    svg
}

fn draw(svg: &mut String, rows: &[(String, f64)], end: f64) -> Result<(), Box<dyn std::error::Error>> {
    let end = if end > 0.0 { end } else { rows.iter().map(|(_, value)| *value).fold(1.0, f64::max) };
    let height = 56 + BAR * u32::try_from(rows.len())?;
    let area = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .margin_right(24)
        .x_label_area_size(28)
        .y_label_area_size(320)
        .build_cartesian_2d(0.0..end, (0..rows.len()).into_segmented())?;
    // The first row is drawn on top.
    let name = |at: usize| rows.len().checked_sub(at + 1).and_then(|at| rows.get(at)).map(|(name, _)| name.clone()).unwrap_or_default();
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(rows.len())
        .label_style(("sans-serif", 14))
        .max_light_lines(1)
        .set_tick_mark_size(LabelAreaPosition::Left, 0)
        // Things are counted whole.
        .x_label_formatter(&|value| if value.fract().abs() < 1e-6 { format!("{value:.0}") } else { String::new() })
        .y_label_formatter(&|place| match place {
            SegmentValue::CenterOf(at) => name(*at),
            SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
        })
        .draw()?;
    chart.draw_series(rows.iter().rev().enumerate().map(|(at, (_, value))| {
        let mut bar = Rectangle::new([(0.0, SegmentValue::Exact(at)), (*value, SegmentValue::Exact(at + 1))], COLOR.filled());
        bar.set_margin(4, 4, 0, 0);
        bar
    }))?;
    area.present()?;
    Ok(())
}
