//! Pages of a list that four rules open, over ever more rows: what a page costs should not follow them.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use groma_bench::serving::{Folder, Result, copy_design, start_groma, tokens};
use groma_bench::{load, many};

const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

/// The pages that are asked for.
const PAGES: [(&str, &str); 4] = [
    ("first page", "/api/tasks?limit=20"),
    ("oldest first", "/api/tasks?limit=20&sort=created_at"),
    ("of 100", "/api/tasks?limit=100"),
    (
        "a project",
        "/api/tasks?limit=20&project_id=01a00000-0000-7000-8000-000000000000",
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [groma, project, sizes @ ..] if !sizes.is_empty() => run(groma, project, sizes),
        _ => Err("usage: list GROMA PROJECT ROWS..".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(groma: &str, project: &str, sizes: &[String]) -> Result<()> {
    let mut first: Option<Vec<f64>> = None;
    println!("{:<16} {:>12} {:>10} {:>8}", "page", "rows", "p50 us", "ratio");
    for size in sizes {
        let rows: usize = size.parse()?;
        let costs = measured(groma, project, rows)?;
        let base = first.get_or_insert_with(|| costs.clone());
        for (((name, _), cost), base) in PAGES.iter().zip(&costs).zip(base.iter()) {
            println!("{name:<16} {rows:>12} {cost:>10.0} {:>8.2}", cost / base);
        }
    }
    Ok(())
}

/// The median of each page over so many rows, in microseconds.
fn measured(groma: &str, project: &str, rows: usize) -> Result<Vec<f64>> {
    let folder = Folder::new()?;
    let database = folder.0.join("bench.db");
    copy_design(Path::new(project), &folder.0)?;
    // The first start makes the tables; the rows come in behind its back.
    drop(start_groma(groma, &folder.0, &database)?);
    many::fill(&mut rusqlite::Connection::open(&database)?, rows)?;
    let server = start_groma(groma, &folder.0, &database)?;
    let tokens = tokens(&folder.0)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut costs = Vec::new();
    for (name, path) in PAGES {
        let requests: Vec<Vec<u8>> = tokens
            .iter()
            .map(|token| {
                let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n");
                format!("{head}Authorization: Bearer {token}\r\n\r\n").into_bytes()
            })
            .collect();
        let mut medians = Vec::new();
        for _ in 0..ROUNDS {
            let measured = runtime.block_on(load::run(server.address, &requests, 1, ROUND))?;
            if measured.failures > 0 {
                return Err(format!("`{name}`: some answers were not 2xx").into());
            }
            medians.push(f64::from(measured.p50));
        }
        medians.sort_by(f64::total_cmp);
        costs.push(medians.get(ROUNDS / 2).copied().unwrap_or(f64::NAN));
    }
    Ok(costs)
}
