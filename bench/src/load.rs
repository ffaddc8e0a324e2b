//! A load of keep-alive requests on loopback, bounded in connections and time.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run showed.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Answered requests a second.
    pub per_second: f64,
    /// The median in microseconds.
    pub p50: u32,
    /// The 99th percentile in microseconds.
    pub p99: u32,
    /// Answers whose status was not 2xx.
    pub failures: u64,
}

/// Sends the requests over and over, each connection starting elsewhere in the list.
pub async fn run(
    server: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    duration: Duration,
) -> io::Result<Measured> {
    assert!(server.ip().is_loopback(), "load goes to this machine only");
    let end = Instant::now() + duration;
    let mut tasks = Vec::new();
    for number in 0..connections {
        let start = number * requests.len() / connections.max(1);
        let own: Vec<Vec<u8>> = requests
            .iter()
            .cycle()
            .skip(start)
            .take(requests.len())
            .cloned()
            .collect();
        tasks.push(tokio::spawn(connection(server, own, end)));
    }
    let began = Instant::now();
    let mut latencies = Vec::new();
    let mut failures = 0;
    for task in tasks {
        let (own, failed) = task.await.map_err(io::Error::other)??;
        latencies.extend(own);
        failures += failed;
    }
    Ok(summary(latencies, failures, began.elapsed()))
}

async fn connection(server: SocketAddr, requests: Vec<Vec<u8>>, end: Instant) -> io::Result<(Vec<u32>, u64)> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut latencies = Vec::new();
    let mut failures = 0;
    for request in requests.iter().cycle() {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        stream.write_all(request).await?;
        let ok = answer(&mut stream, &mut buffer).await?;
        latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        failures += u64::from(!ok);
    }
    Ok((latencies, failures))
}

/// Reads one answer with a `Content-Length`, and says whether its status is 2xx.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<bool> {
    let mut filled = 0;
    loop {
        let free = buffer.get_mut(filled..).unwrap_or_default();
        let read = stream.read(free).await?;
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the server closed the connection",
            ));
        }
        filled += read;
        let bytes = buffer.get(..filled).unwrap_or_default();
        if whole_length(bytes).is_some_and(|length| filled >= length) {
            return Ok(bytes.get(9) == Some(&b'2'));
        }
    }
}

/// The length of head and body together, once the head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(bytes.get(..head)?).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    })?;
    Some(head + 4 + length)
}

fn summary(mut latencies: Vec<u32>, failures: u64, elapsed: Duration) -> Measured {
    latencies.sort_unstable();
    let at = |percent: usize| {
        latencies
            .get(latencies.len() * percent / 100)
            .copied()
            .unwrap_or(0)
    };
    let count = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
    Measured {
        per_second: f64::from(count) / elapsed.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        failures,
    }
}
