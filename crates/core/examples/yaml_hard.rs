//! Times the readers: `yaml_hard FILE kubernetes|documents|backstage|emit [ROUNDS]`.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(mode)) = (arguments.next(), arguments.next()) else { return };
    let Ok(text) = std::fs::read_to_string(path) else { return };
    if let Some(rounds) = arguments.next().and_then(|rounds| rounds.parse().ok()) {
        return bench(&text, &mode, rounds);
    }
    let before = memory();
    let start = std::time::Instant::now();
    let answer = match mode.as_str() {
        "kubernetes" => lofting::yaml::kubernetes::unmarshal(&text).map(|_| 1),
        "documents" => lofting::yaml::kubernetes::documents(&text).map(|documents| documents.len()),
        _ => lofting::yaml::backstage::parse(&text, false).map(|documents| documents.len()),
    };
    let elapsed = start.elapsed();
    let answer = match answer {
        Ok(count) => format!("{count} documents"),
        Err(error) => format!("{}: {:.100}", error.code, error.message),
    };
    println!("{elapsed:?} {} MiB: {answer}", (memory() - before) / 1024);
}

/// The best of some rounds, in megabytes a second.
fn bench(text: &str, mode: &str, rounds: usize) {
    let values = lofting::yaml::kubernetes::documents(text).unwrap_or_default();
    let best = (0..rounds).map(|_| {
        let start = std::time::Instant::now();
        let count = match mode {
            "kubernetes" => lofting::yaml::kubernetes::parse(text).map_or(0, |documents| documents.len()),
            "emit" => values.iter().map(|value| lofting::yaml::emit(value).len()).sum(),
            _ => lofting::yaml::backstage::parse(text, false).map_or(0, |documents| documents.len()),
        };
        (start.elapsed(), count)
    });
    if let Some((elapsed, count)) = best.min() {
        println!("{mode}: {:.1} MB/s ({count})", text.len() as f64 / elapsed.as_secs_f64() / 1e6);
    }
}

/// Peak resident memory in KiB.
fn memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse().ok()).unwrap_or(0)
}
