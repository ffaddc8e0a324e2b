//! Takes connections until the server is asked to stop, then lets what runs come to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::{App, connection};

/// Serves until `stop` changes or its sender is gone. At most `most` connections at once; more wait in the
/// system's queue.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, most: usize, mut stop: Receiver<bool>) {
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let mut connections = JoinSet::new();
    loop {
        let (place, (socket, peer)) = tokio::select! {
            next = next(&listener, &places) => next,
            _ = stop.changed() => break,
        };
        let (app, stop) = (Arc::clone(&app), stop.clone());
        connections.spawn(async move {
            connection::serve(app, socket, peer, stop).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    finish(connections, app.patience.stop).await;
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, (TcpStream, SocketAddr)) {
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok(accepted) => return (place, accepted),
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
