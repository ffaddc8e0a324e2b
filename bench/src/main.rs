//! One task and a page of 20, from Groma and from the peer, over the same SQLite file in the same run.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use groma_bench::load::{self, Measured};
use groma_bench::rows::{self, TaskOf};
use groma_bench::serving::{Folder, Result, Server, copy_design, free_address, start_groma, tokens};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [groma, peer, project] => run(groma, peer, project),
        _ => Err("usage: groma-bench GROMA PEER PROJECT".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(groma: &str, peer: &str, project: &str) -> Result<()> {
    let folder = Folder::new("serve")?;
    let database = folder.0.join("bench.db");
    copy_design(Path::new(project), &folder.0)?;

    // The first start makes the tables; the rows come in behind its back, and then both servers read them.
    drop(start_groma(groma, &folder.0, &database)?);
    let tasks = rows::fill(&mut rusqlite::Connection::open(&database)?)?;
    let groma = start_groma(groma, &folder.0, &database)?;
    let peer = start_peer(peer, &folder.0, &database)?;

    let tokens = tokens(&folder.0, (0..rows::USERS).map(rows::user_id), &[])?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{} tasks of {} users, {CONNECTIONS} connections, {ROUNDS} rounds of {} s each",
        tasks.len(),
        rows::USERS,
        ROUND.as_secs()
    );
    for (name, path) in [
        ("get one task", one as fn(&TaskOf) -> String),
        ("list of 20", page),
    ] {
        let requests = requests(&tasks, &tokens, path);
        let mut pairs = Vec::new();
        for _ in 0..ROUNDS {
            let ours = runtime.block_on(load::run(groma.address, &requests, CONNECTIONS, ROUND))?;
            let theirs = runtime.block_on(load::run(peer.address, &requests, CONNECTIONS, ROUND))?;
            pairs.push((ours, theirs));
        }
        report(name, &pairs)?;
    }
    Ok(())
}

fn one(task: &TaskOf) -> String {
    format!("/api/tasks/{}", task.id)
}

fn page(_: &TaskOf) -> String {
    String::from("/api/tasks?limit=20")
}

/// A stride through all rows, so that neighbours in time are not neighbours in the table.
fn requests(tasks: &[TaskOf], tokens: &[String], path: fn(&TaskOf) -> String) -> Vec<Vec<u8>> {
    let strided = (0..tasks.len()).filter_map(|index| tasks.get(index * 7_919 % tasks.len()));
    strided
        .filter_map(|task| {
            let token = tokens.get(task.user)?;
            let path = path(task);
            Some(
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
                    .into_bytes(),
            )
        })
        .collect()
}

fn report(name: &str, pairs: &[(Measured, Measured)]) -> Result<()> {
    if pairs
        .iter()
        .any(|(ours, theirs)| ours.failures + theirs.failures > 0)
    {
        return Err(format!("`{name}`: some answers were not 2xx, so the figures mean nothing").into());
    }
    let median = |figure: &dyn Fn(&(Measured, Measured)) -> f64| {
        let mut figures: Vec<f64> = pairs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    };
    println!("\n{name:<16} {:>10} {:>10} {:>10}", "req/s", "p50 us", "p99 us");
    println!(
        "{:<16} {:>10.0} {:>10.0} {:>10.0}",
        "groma",
        median(&|pair| pair.0.per_second),
        median(&|pair| f64::from(pair.0.p50)),
        median(&|pair| f64::from(pair.0.p99))
    );
    println!(
        "{:<16} {:>10.0} {:>10.0} {:>10.0}",
        "hand-written",
        median(&|pair| pair.1.per_second),
        median(&|pair| f64::from(pair.1.p50)),
        median(&|pair| f64::from(pair.1.p99))
    );
    println!(
        "{:<16} {:>10.2}",
        "ratio",
        median(&|pair| pair.0.per_second / pair.1.per_second)
    );
    Ok(())
}

fn start_peer(peer: &str, folder: &Path, database: &Path) -> Result<Server> {
    let address = free_address()?;
    let keys = folder.join(".groma/dev-jwks.json");
    let mut command = Command::new(peer);
    command.arg(database).arg(keys).arg(address.port().to_string());
    Server::start(&mut command, address)
}
