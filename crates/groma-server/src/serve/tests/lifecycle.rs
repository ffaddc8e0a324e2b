use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::client::{connect, read};
use super::{Site, json};
use crate::settings::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_server_finishes_what_runs_and_takes_nothing_new() {
    let mut site = Site::start().await;
    let token = site.token("ann", &[]);
    let mut running = connect(site.addr);
    let body = r#"{"title":"the last one"}"#;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    running.write_all(head.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let addr = site.addr;
    let stop = tokio::spawn(async move {
        site.stop().await;
        site
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(addr).is_err(), "a new connection was taken");
    assert!(!stop.is_finished());
    running.write_all(body.as_bytes()).unwrap();
    let got = read(&mut BufReader::new(running), false).unwrap();
    assert_eq!((got.status, &json(&got)["title"]), (201, &"the last one".into()));
    let site = stop.await.unwrap();
    let log = site.folder.join(".groma/dev.db-wal");
    assert_eq!(
        std::fs::metadata(log).map_or(0, |file| file.len()),
        0,
        "the log was not emptied"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_rests_does_not_hold_up_the_stop() {
    let mut site = Site::start().await;
    let mut stream = connect(site.addr);
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    assert_eq!(
        read(&mut BufReader::new(stream.try_clone().unwrap()), false)
            .unwrap()
            .status,
        200
    );
    let start = Instant::now();
    site.stop().await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_ends_is_cut_off_after_the_patience() {
    let mut site = Site::with(|settings| settings.patience.stop = Duration::from_millis(300)).await;
    let token = site.token("ann", &[]);
    let mut stream = connect(site.addr);
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    site.stop().await;
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_data_is_there_after_a_new_start() {
    let mut site = Site::start().await;
    let token = site.token("ann", &[]);
    let made = json(
        &site
            .call("POST", "/api/tasks")
            .token(&token)
            .json(r#"{"title":"kept"}"#)
            .send(),
    );
    site.stop().await;
    let (folder, database) = (site.folder.clone(), site.folder.join(".groma/dev.db"));
    let again = Site::with(|settings| {
        settings.database = Database::Sqlite(database);
        settings.auth.as_mut().unwrap().keys = crate::settings::Keys::Development(folder.join(".groma"));
    })
    .await;
    let path = format!("/api/tasks/{}", made["id"].as_str().unwrap());
    assert_eq!(json(&again.call("GET", &path).token(&token).send()), made);
}

const CHILD: &str = "GROMA_SERVE_TEST_CHILD";

#[test]
fn a_signal_stops_the_process_in_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if std::env::var_os(CHILD).is_some() {
        return runtime.block_on(async {
            let site = Site::start().await;
            let addr = site.addr;
            let mut ending = std::pin::pin!(site.until_signal());
            tokio::select! {
                biased;
                () = &mut ending => {}
                // It has been polled once, so it listens to signals now.
                () = std::future::ready(()) => println!("\nlistening {addr}"),
            }
            ending.await;
            println!("\nstopped");
        });
    }
    for signal in ["-TERM", "-INT"] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "serve::tests::lifecycle::a_signal_stops_the_process_in_order",
            ])
            .env(CHILD, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let line = lines.find(|line| line.starts_with("listening ")).unwrap();
        let addr: std::net::SocketAddr = line.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(TcpStream::connect(addr).is_ok());
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        assert!(lines.any(|line| line == "stopped"), "{signal}");
        assert!(child.wait().unwrap().success(), "{signal}");
    }
}
