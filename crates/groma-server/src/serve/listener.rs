//! Takes connections until the server is asked to stop, then lets what runs come to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::crowd::Crowd;
use super::{App, connection};

/// How often another resting connection is asked to make room while somebody waits.
const ROUND: Duration = Duration::from_millis(100);

/// Serves until `stop` changes or its sender is gone. At most `most` connections at once: for one more, the one
/// that has rested longest makes room; when none rests, it waits.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, most: usize, mut stop: Receiver<bool>) {
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let crowd = Arc::new(Crowd::new());
    let mut connections = JoinSet::new();
    loop {
        let (socket, place) = tokio::select! {
            next = next(&listener, &places, &crowd) => next,
            _ = stop.changed() => break,
        };
        let (app, stop, member) = (Arc::clone(&app), stop.clone(), crowd.join());
        connections.spawn(async move {
            connection::serve(app, socket, member, stop).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    finish(connections, app.patience.stop).await;
}

type Accepted = (TcpStream, SocketAddr);
type Place = Option<OwnedSemaphorePermit>;

/// The next connection, once there is a place for it.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>, crowd: &Crowd) -> (Accepted, Place) {
    let socket = accept(listener).await;
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return (socket, Some(place));
    }
    loop {
        crowd.make_room();
        if let Ok(place) = tokio::time::timeout(ROUND, Arc::clone(places).acquire_owned()).await {
            return (socket, place.ok());
        }
    }
}

async fn accept(listener: &TcpListener) -> Accepted {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Too many open files, as a rule: it passes when a connection ends.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn finish(mut connections: JoinSet<()>, patience: Duration) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, all).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests were cut off: they ran too long after the stop"
        );
        connections.shutdown().await;
    }
}
