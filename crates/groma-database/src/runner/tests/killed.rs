//! A runner that is killed, for real and after each answer that it gets from the database, and another one that goes on.
//!
//! The runner is this test's own program, started anew as a process. It speaks to the database through a relay, which
//! kills it as soon as a given answer has come, before the runner can see it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use testkit::postgres::Database;

use super::{Orders, alone, back, batches, beside, is_index, ours, quick, run, script, together};
use crate::catalog::of_postgres;
use crate::catalog::tests::kit::connect;
use crate::runner::{Script, apply};

/// Says to this program where the database is when it is to be the runner.
const PLACE: &str = "GROMA_TEST_RUNNER_DATABASE";
/// Says to it what to run.
const WHICH: &str = "GROMA_TEST_RUNNER_SCRIPTS";
const ROWS: usize = 250;

/// What is run, by name, and a query that shows the rows that it leaves.
fn scripts(which: &str) -> (Vec<Script>, &'static str) {
    match which {
        "types" => (
            beside::scripts(),
            "SELECT string_agg(format('%s %s %s', id, title, old), ',' ORDER BY id) FROM items",
        ),
        _ => (
            plan(),
            "SELECT format('%s %s %s %s %s %s %s', (SELECT count(*) FROM owners), (SELECT count(*) FROM notes),
               count(*), sum(rank), sum(owner_id), string_agg(name, ',' ORDER BY id),
               (SELECT count(*) FROM groma_internal.steps WHERE is_done)) FROM items",
        ),
    }
}

/// Twenty steps of every kind.
fn plan() -> Vec<Script> {
    let fill = |column: &str, value: &str| {
        let sql = format!(
            "WITH batch AS (
               SELECT id FROM items WHERE {column} IS NULL AND ($1::text IS NULL OR id > $1::text::int)
               ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
             ), written AS (UPDATE items SET {column} = {value} WHERE id IN (SELECT id FROM batch))
             SELECT id::text FROM batch ORDER BY id DESC LIMIT 1"
        );
        batches(
            &sql,
            &format!("SELECT NOT EXISTS (SELECT FROM items WHERE {column} IS NULL)"),
        )
    };
    let index = |name: &str, on: &str| alone(&format!("CREATE {on}").replace("NAME", name), &is_index(name));
    vec![
        script(
            "0001",
            vec![
                together(1, "CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL)"),
                together(
                    1,
                    "INSERT INTO owners SELECT i, 'o' || i FROM generate_series(0, 9) i",
                ),
                together(2, "ALTER TABLE items ADD COLUMN owner_id int"),
                fill("owner_id", "id % 10"),
                index("items_owner", "INDEX CONCURRENTLY NAME ON items (owner_id)"),
                together(
                    3,
                    "ALTER TABLE items ADD CONSTRAINT owner FOREIGN KEY (owner_id) REFERENCES owners NOT VALID",
                ),
                together(4, "ALTER TABLE items VALIDATE CONSTRAINT owner"),
                together(
                    5,
                    "ALTER TABLE items ADD CONSTRAINT owned CHECK (owner_id IS NOT NULL) NOT VALID",
                ),
                together(6, "ALTER TABLE items VALIDATE CONSTRAINT owned"),
                together(7, "ALTER TABLE items ALTER COLUMN owner_id SET NOT NULL"),
                together(7, "ALTER TABLE items DROP CONSTRAINT owned"),
            ],
        ),
        script(
            "0002",
            vec![
                together(1, "ALTER TABLE items ADD COLUMN rank int"),
                fill("rank", "id * 2"),
                index("items_rank", "UNIQUE INDEX CONCURRENTLY NAME ON items (rank)"),
                together(
                    2,
                    "ALTER TABLE items ADD CONSTRAINT items_rank_key UNIQUE USING INDEX items_rank",
                ),
                together(3, "ALTER TABLE items RENAME COLUMN title TO name"),
                together(4, "ALTER TABLE items DROP COLUMN old"),
                alone(
                    "DROP INDEX CONCURRENTLY IF EXISTS items_old",
                    "SELECT to_regclass('items_old') IS NULL",
                ),
                together(
                    5,
                    "CREATE TABLE notes (id int PRIMARY KEY, item int REFERENCES items)",
                ),
                together(6, "INSERT INTO notes SELECT id, id FROM items"),
            ],
        ),
    ]
}

/// The database as it was before, whatever was done to it.
async fn prepare(database: &Database) {
    let client = connect(database).await;
    let begin = format!(
        "DROP SCHEMA IF EXISTS groma_internal CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
         CREATE TABLE items (id int PRIMARY KEY, title text, old int);
         INSERT INTO items SELECT i, 't' || i, i FROM generate_series(1, {ROWS}) i;
         CREATE INDEX items_old ON items (title)"
    );
    client.batch_execute(&begin).await.unwrap();
}

/// Everything that can be seen of a database.
async fn seen(database: &Database, rows: &str) -> (String, String) {
    let client = connect(database).await;
    let schema = of_postgres(&client).await.unwrap().schema;
    let rows = client.query_one(rows, &[]).await.unwrap().get(0);
    (format!("{schema:#?}"), rows)
}

/// Is the runner when it is told to be, and nothing else.
#[tokio::test]
async fn runs_when_told_to() {
    let Ok(url) = std::env::var(PLACE) else { return };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let which = std::env::var(WHICH).unwrap();
    if which == "back" {
        return back::undone(&client).await.unwrap();
    }
    let orders = Orders {
        scripts: &scripts(&which).0,
        ours: &ours(),
        patience: &quick(),
    };
    apply(&client, &orders, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn whenever_a_runner_is_killed_the_next_one_comes_to_the_same_end() {
    kill_after_every_second(1, "steps").await;
}

#[tokio::test]
async fn whenever_a_runner_is_killed_the_next_one_comes_to_the_same_end_too() {
    kill_after_every_second(2, "steps").await;
}

#[tokio::test]
async fn a_type_that_changes_comes_to_the_same_end_too() {
    kill_after_every_second(1, "types").await;
}

/// Two tests share the answers, so that they are done at once.
async fn kill_after_every_second(first: usize, which: &str) {
    let (scripts, rows) = scripts(which);
    let steps: usize = scripts.iter().map(|script| script.steps.len()).sum();
    assert!(steps == 20 || which == "types", "{steps}");
    let database = Database::new();
    prepare(&database).await;
    let relay = Relay::before(&database, usize::MAX);
    assert!(relay.run(&database, which), "nobody killed it");
    let answers = relay.answers.load(Ordering::SeqCst);
    assert!(answers > 60, "the relay sees what is said: {answers}");
    let expected = seen(&database, rows).await;
    // The last answer is to letting go of the lock, and the runner ends with or without it.
    for at in (first..answers).step_by(2) {
        prepare(&database).await;
        let finished = Relay::before(&database, at).run(&database, which);
        assert!(!finished, "{at} of {answers}: was not killed");
        let (outcome, _) = run(&database, &scripts).await;
        outcome.unwrap_or_else(|error| panic!("{at} of {answers}: {error}"));
        assert!(
            seen(&database, rows).await == expected,
            "{at} of {answers}: another end"
        );
    }
}

/// Stands between a runner and its database, and kills the runner when so many answers have come.
pub(super) struct Relay {
    port: u16,
    pub(super) answers: Arc<AtomicUsize>,
    runner: Arc<Mutex<Option<Child>>>,
}

impl Relay {
    pub(super) fn before(database: &Database, killing: usize) -> Relay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let relay = Relay {
            port: listener.local_addr().unwrap().port(),
            answers: Arc::default(),
            runner: Arc::default(),
        };
        let (answers, runner) = (relay.answers.clone(), relay.runner.clone());
        let port = database.port();
        thread::spawn(move || {
            let Ok((near, _)) = listener.accept() else { return };
            let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let (from, to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || forward(from, &to, |_| true));
            forward(far, &near, |kind| {
                let is_ready = kind == b'Z';
                let came = answers.fetch_add(usize::from(is_ready), Ordering::SeqCst) + usize::from(is_ready);
                if is_ready && came == killing {
                    runner.lock().unwrap().as_mut().map(Child::kill);
                }
                came < killing
            });
            let _ = near.shutdown(std::net::Shutdown::Both);
        });
        relay
    }

    /// Starts a runner and waits for its end; whether it came to it by itself.
    pub(super) fn run(&self, database: &Database, which: &str) -> bool {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "runner::tests::killed::runs_when_told_to"])
            .env(PLACE, database.url_at(self.port))
            .env(WHICH, which)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.runner.lock().unwrap() = Some(child);
        loop {
            let ended = self.runner.lock().unwrap().as_mut().unwrap().try_wait().unwrap();
            if let Some(status) = ended {
                return status.success();
            }
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// Passes on message by message while `goes_on` says so of each.
fn forward(mut from: TcpStream, mut to: &TcpStream, mut goes_on: impl FnMut(u8) -> bool) {
    let is_client = |kind: u8| kind == 0;
    let mut first = [0; 1];
    while from.read_exact(&mut first).is_ok() {
        // What a client begins with has no kind, and a length whose first byte is 0.
        let kind = first[0];
        let mut message = vec![kind];
        let mut length = [0; 4];
        let taken = usize::from(is_client(kind));
        if from.read_exact(&mut length[taken..]).is_err() {
            return;
        }
        message.extend_from_slice(&length[taken..]);
        let length = u32::from_be_bytes(length) as usize;
        let mut rest = vec![0; length - 4];
        if from.read_exact(&mut rest).is_err() {
            return;
        }
        message.extend_from_slice(&rest);
        if !goes_on(kind) || to.write_all(&message).is_err() {
            break;
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}
