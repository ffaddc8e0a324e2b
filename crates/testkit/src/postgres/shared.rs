//! The server that all tests of this machine share.
//!
//! nextest runs each test in a process of its own, so none of them can own the server. Whoever needs it holds a
//! shared lock on a file for as long as its process lives; the system lets go of it however the process ends. The
//! first one starts a shell beside the server, the keeper, which waits until it gets that lock for itself alone and
//! then ends the server and removes its data: some seconds after the last test. A new test waits for that, and
//! starts another.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Address, Data, free_port, must, programs};

/// `$1` is the folder, the rest is the server. Lock 9 is that of the users, and lock 8 says that a keeper is there.
/// It gives up when the server has ended by itself.
const KEEPER: &str = r#"
folder=$1; shift
exec 9>"$folder/users" 8>"$folder/keeper"
flock -x 8
"$@" </dev/null >"$folder/log" 2>&1 8>&- 9>&- &
server=$!
trap '' INT HUP
while kill -0 $server 2>/dev/null; do
  flock -x -w 1 9 || continue
  flock -u 9
  sleep 4
  flock -xn 9 && break
done
rm -f "$folder/port"
kill -s INT $server 2>/dev/null
wait $server
rm -rf "$folder/data"
"#;
/// Servers whose settings differ are not shared: to be raised when those in this room are changed.
const LAYOUT: u32 = 1;
/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The server, and what keeps it running: held to the end of the process.
pub(super) fn server() -> (Address, Arc<File>) {
    static HELD: Mutex<Option<(Address, Arc<File>)>> = Mutex::new(None);
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.get_or_insert_with(join).clone()
}

fn join() -> (Address, Arc<File>) {
    let folder = folder();
    let users = lock_file(&folder, "users");
    must("wait for the server of other tests", users.lock_shared());
    let start = lock_file(&folder, "start");
    must("wait for who starts the server", start.lock());
    let address = running(&folder).unwrap_or_else(|| launch(&folder));
    (address, Arc::new(users))
}

/// The folder of the server, of this user alone.
fn folder() -> PathBuf {
    let user = must("look at this process", std::fs::metadata("/proc/self"));
    let user = std::os::unix::fs::MetadataExt::uid(&user);
    let folder = std::env::temp_dir().join(format!("groma-postgres-{user}-{LAYOUT}"));
    must("make a folder", std::fs::create_dir_all(&folder));
    let made = must("look at a folder", std::fs::symlink_metadata(&folder));
    let owner = std::os::unix::fs::MetadataExt::uid(&made);
    assert!(
        made.is_dir() && owner == user,
        "`{}` is somebody else's: remove it",
        folder.display()
    );
    folder
}

/// A file that is there to be locked. It is never removed: two tests could hold two of one name.
fn lock_file(folder: &Path, name: &str) -> File {
    let path = folder.join(name);
    must(
        "open a file that is locked",
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path),
    )
}

fn running(folder: &Path) -> Option<Address> {
    let port = std::fs::read_to_string(folder.join("port")).ok()?;
    let address = Address {
        programs: programs::folder(),
        port: port.trim().parse().ok()?,
    };
    address.is_up().then_some(address)
}

/// Starts the server and its keeper. What an earlier one left behind goes first: its keeper was killed.
fn launch(folder: &Path) -> Address {
    clear(folder);
    let data = Data::make(&folder.join("data"));
    let port = free_port();
    // Nothing of a test is meant to stay, so nothing has to be on the disk.
    let lasting = ["synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];
    // The keeper stays when this process goes, so it is nobody's child.
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", r#"sh -c "$0" keeper "$@" &"#, KEEPER])
        .arg(folder)
        .args(data.words(port, &lasting));
    keeper
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // What ends the tests (Ctrl-C, a time-out) does not end the keeper: it still has to clean up.
    std::os::unix::process::CommandExt::process_group(&mut keeper, 0);
    must("start `sh`", keeper.status());
    let address = Address {
        programs: data.programs,
        port,
    };
    let start = Instant::now();
    while !address.is_up() {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(start.elapsed() < PATIENCE, "Postgres does not start: {log}");
        std::thread::sleep(Duration::from_millis(50));
    }
    must(
        "write down the port",
        std::fs::write(folder.join("port"), port.to_string()),
    );
    address
}

fn clear(folder: &Path) {
    let data = folder.join("data");
    let process = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    if let Some(process) = process.lines().next().filter(|line| line.parse::<u32>().is_ok()) {
        let kill = format!("kill -s QUIT {process} && sleep 1");
        let _ = Command::new("sh").args(["-c", &kill]).output();
    }
    let keeper = lock_file(folder, "keeper");
    must("wait for the keeper before", keeper.lock());
    let _ = std::fs::remove_dir_all(&data);
}
