//! How long `groma check` takes on large designs, as a whole process.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use groma_bench::large;

const RUNS: usize = 11;

pub(crate) fn run(groma: &str) -> Result<(), Box<dyn Error>> {
    println!("groma check, whole process, median of {RUNS} runs");
    println!("{:>10} {:>10} {:>10} {:>10}", "entities", "median ms", "min ms", "max ms");
    for entities in [10, 100, 1_000] {
        let mut times = times(groma, entities)?;
        times.sort_by(f64::total_cmp);
        let at = |index: usize| times.get(index).copied().unwrap_or(f64::NAN);
        println!("{entities:>10} {:>10.1} {:>10.1} {:>10.1}", at(RUNS / 2), at(0), at(RUNS - 1));
    }
    Ok(())
}

fn times(groma: &str, entities: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("groma-bench-check-{}-{entities}", std::process::id()));
    for (path, text) in large::design(entities) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, text)?;
    }
    let result = (0..RUNS).map(|_| once(groma, &folder)).collect();
    fs::remove_dir_all(&folder)?;
    result
}

fn once(groma: &str, folder: &std::path::Path) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let status = Command::new(groma).arg("check").arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let elapsed = began.elapsed().as_secs_f64() * 1_000.0;
    if !status.success() {
        return Err(format!("`groma check` found errors in the generated design: {status}").into());
    }
    Ok(elapsed)
}
