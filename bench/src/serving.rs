//! Servers of a run, in a folder that goes with it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use groma_server::auth::dev::{DevIssuer, TokenRequest};

/// What came of it.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A development token for each of these people, with these roles.
pub fn tokens(folder: &Path, people: impl Iterator<Item = String>, roles: &[&str]) -> Result<Vec<String>> {
    let issuer = DevIssuer::open(&folder.join(".groma"))?;
    let mut tokens = Vec::new();
    for person in people {
        let mut request = TokenRequest::new(person);
        let name = String::from("groma-development");
        request.issuer = Some(name.clone());
        request.audience = Some(name);
        request.roles = roles.iter().map(|role| String::from(*role)).collect();
        tokens.push(issuer.mint(&request)?);
    }
    Ok(tokens)
}

/// Copies the sources of a design.
pub fn copy_design(project: &Path, to: &Path) -> Result<()> {
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

/// The body of an answer, as JSON.
pub fn get(address: SocketAddr, target: &str, token: &str) -> Result<serde_json::Value> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Authorization: Bearer {token}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| format!("no answer to `{target}`"))?;
    Ok(serde_json::from_str(body)?)
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
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub fn start(command: &mut Command, address: SocketAddr) -> Result<Self> {
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
        // Asked to end, and not ended: a server of several processes has to end the others.
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let end = Instant::now() + Duration::from_secs(10);
        while asked.is_ok() && Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `groma serve` on a file.
pub fn start_groma(groma: &str, folder: &Path, database: &Path) -> Result<Server> {
    start_groma_on(groma, folder, &format!("sqlite:{}", database.display()))
}

/// Starts `groma serve` on a database.
pub fn start_groma_on(groma: &str, folder: &Path, url: &str) -> Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(groma);
    command
        .arg("serve")
        .arg(folder)
        .args(["--port", &address.port().to_string()])
        .env("DATABASE_URL", url)
        // As many as the hand-written server has.
        .env("DATABASE_CONNECTIONS", "16")
        .env("RATE_LIMIT", "off")
        .env("LOG", "warn");
    Server::start(&mut command, address)
}

/// A port on loopback that nobody listens on.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A folder of this run, removed at its end.
pub struct Folder(
    /// Where it is.
    pub PathBuf,
);

impl Folder {
    /// Makes one; its name tells it from others of this run.
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("groma-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
