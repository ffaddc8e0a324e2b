//! Four requests on Postgres, from Groma, from a hand-written server and from FastAPI with SQLModel: the same rows, the
//! same rule, the same load, one after the other in each round.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use groma_bench::load::{self, Measured};
use groma_bench::rows::{self, TaskOf};
use groma_bench::serving::{Folder, Result, Server, copy_design, free_address, start_groma_on, tokens};
use testkit::Postgres;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked, and of which task.
type Request = fn(&TaskOf, &str) -> String;

const REQUESTS: [(&str, Request); 4] = [
    ("get one task", |task, token| {
        head("GET", &format!("/api/tasks/{}", task.id), token, "")
    }),
    ("list of 20", |_, token| {
        head("GET", "/api/tasks?limit=20", token, "")
    }),
    ("create", |_, token| {
        let body = r#"{"title":"Made by the benchmark","notes":"Some words about it.","tags":["home"]}"#;
        head("POST", "/api/tasks", token, body)
    }),
    ("update", |task, token| {
        let path = format!("/api/tasks/{}", task.id);
        head("PATCH", &path, token, r#"{"title":"Changed by the benchmark"}"#)
    }),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [groma, peer, uvicorn, folder] => run(groma, peer, uvicorn, Path::new(folder)),
        _ => Err("usage: postgres GROMA PEER UVICORN FOLDER".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(groma: &str, peer: &str, uvicorn: &str, bench: &Path) -> Result<()> {
    let folder = Folder::new("postgres")?;
    copy_design(bench, &folder.0)?;
    // As a server of production has it: what is answered is on the disk.
    let postgres = Postgres::with(&[
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
    ]);
    let url = postgres.url();
    // The first start makes the tables.
    drop(start_groma_on(groma, &folder.0, &url)?);
    let tasks: Vec<TaskOf> = postgres
        .psql(&rows::of_postgres())
        .lines()
        .filter_map(rows::task_of)
        .collect();
    let servers = [
        ("groma", start_groma_on(groma, &folder.0, &url)?),
        ("hand-written", start_peer(peer, &folder.0, &url)?),
        ("fastapi", start_fastapi(uvicorn, bench, &folder.0, &url)?),
    ];
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
    for (name, request) in REQUESTS {
        let requests = requests(&tasks, &tokens, request);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let mut round = Vec::new();
            for (_, server) in &servers {
                round.push(runtime.block_on(load::run(server.address, &requests, CONNECTIONS, ROUND))?);
            }
            rounds.push(round);
        }
        report(name, &servers.each_ref().map(|(name, _)| *name), &rounds)?;
    }
    Ok(())
}

fn head(method: &str, path: &str, token: &str, body: &str) -> String {
    let rest = if body.is_empty() {
        String::from("\r\n")
    } else {
        format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{rest}")
}

/// A stride through all rows, so that neighbours in time are not neighbours in the table.
fn requests(tasks: &[TaskOf], tokens: &[String], request: Request) -> Vec<Vec<u8>> {
    let strided = (0..tasks.len()).filter_map(|index| tasks.get(index * 7_919 % tasks.len()));
    let requests = strided.filter_map(|task| Some(request(task, tokens.get(task.user)?).into_bytes()));
    requests.collect()
}

fn report(name: &str, servers: &[&str], rounds: &[Vec<Measured>]) -> Result<()> {
    if rounds.iter().flatten().any(|measured| measured.failures > 0) {
        return Err(format!("`{name}`: some answers were not 2xx, so the figures mean nothing").into());
    }
    println!(
        "\n{name:<16} {:>10} {:>10} {:>10} {:>10}",
        "req/s", "p50 us", "p99 us", "groma is"
    );
    for (at, server) in servers.iter().enumerate() {
        let median = |figure: &dyn Fn(&Measured) -> f64| {
            middle(rounds.iter().filter_map(|round| round.get(at).map(figure)))
        };
        let ratio = middle(
            rounds
                .iter()
                .filter_map(|round| Some(round.first()?.per_second / round.get(at)?.per_second)),
        );
        println!(
            "{server:<16} {:>10.0} {:>10.0} {:>10.0} {ratio:>9.2}x",
            median(&|measured| measured.per_second),
            median(&|measured| f64::from(measured.p50)),
            median(&|measured| f64::from(measured.p99)),
        );
    }
    Ok(())
}

fn middle(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn start_peer(peer: &str, folder: &Path, url: &str) -> Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(peer);
    command.arg(url).arg(keys(folder)).arg(address.port().to_string());
    Server::start(&mut command, address)
}

/// FastAPI by two workers, as many as this machine has cores.
fn start_fastapi(uvicorn: &str, bench: &Path, folder: &Path, url: &str) -> Result<Server> {
    let address: SocketAddr = free_address()?;
    let url = url.replacen("postgresql://", "postgresql+asyncpg://", 1);
    let (url, _) = url.split_once('?').unwrap_or((&url, ""));
    let mut command = Command::new(uvicorn);
    command
        .args(["app:app", "--app-dir"])
        .arg(bench.join("fastapi"))
        .args([
            "--workers",
            "2",
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--no-access-log",
        ])
        .args(["--port", &address.port().to_string()])
        .env("PEER_DATABASE_URL", url)
        .env("PEER_JWKS_FILE", keys(folder));
    Server::start(&mut command, address)
}

fn keys(folder: &Path) -> std::path::PathBuf {
    folder.join(".groma/dev-jwks.json")
}
