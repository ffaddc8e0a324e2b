//! One task and a page of 20, from Groma and from the peer, over the same SQLite file in the same run.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use groma_bench::load::{self, Measured};
use groma_bench::rows::{self, TaskOf};
use groma_server::auth::dev::{DevIssuer, TokenRequest};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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
    let folder = Folder::new()?;
    let database = folder.0.join("bench.db");
    copy_design(Path::new(project), &folder.0)?;

    // The first start makes the tables; the rows come in behind its back, and then both servers read them.
    drop(start_groma(groma, &folder.0, &database)?);
    let tasks = rows::fill(&mut rusqlite::Connection::open(&database)?)?;
    let groma = start_groma(groma, &folder.0, &database)?;
    let peer = start_peer(peer, &folder.0, &database)?;

    let tokens = tokens(&folder.0)?;
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

fn tokens(folder: &Path) -> Result<Vec<String>> {
    let issuer = DevIssuer::open(&folder.join(".groma"))?;
    let mut tokens = Vec::new();
    for user in 0..rows::USERS {
        let mut request = TokenRequest::new(rows::user_id(user));
        let name = String::from("groma-development");
        request.issuer = Some(name.clone());
        request.audience = Some(name);
        tokens.push(issuer.mint(&request)?);
    }
    Ok(tokens)
}

fn copy_design(project: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![PathBuf::from("specs")];
    while let Some(folder) = folders.pop() {
        std::fs::create_dir_all(to.join(&folder))?;
        for entry in std::fs::read_dir(project.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                std::fs::copy(entry.path(), to.join(path))?;
            }
        }
    }
    Ok(())
}

/// Whether somebody there answers a request; a bound port alone says nothing yet.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut first = [0; 4];
        stream.read_exact(&mut first)?;
        Ok(first == *b"HTTP")
    };
    ask().unwrap_or(false)
}

/// A server that this run started, and that ends with it.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(command: &mut Command, address: SocketAddr) -> Result<Self> {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let mut server = Self { child, address };
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if answers(address) {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{command:?} ended with {status} before it listened").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{command:?} does not listen on {address}").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_groma(groma: &str, folder: &Path, database: &Path) -> Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(groma);
    command
        .arg("serve")
        .arg(folder)
        .args(["--port", &address.port().to_string()])
        .env("DATABASE_URL", format!("sqlite:{}", database.display()))
        .env("RATE_LIMIT", "off")
        .env("LOG", "warn");
    Server::start(&mut command, address)
}

fn start_peer(peer: &str, folder: &Path, database: &Path) -> Result<Server> {
    let address = free_address()?;
    let keys = folder.join(".groma/dev-jwks.json");
    let mut command = Command::new(peer);
    command.arg(database).arg(keys).arg(address.port().to_string());
    Server::start(&mut command, address)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A folder of this run, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("groma-bench-serve-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
