//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch::Receiver;

use super::crowd::Member;
use super::stream::Stream;
use super::watch::Watch;
use super::{App, handle};

/// A head beyond this is answered by hyper with 431, before it is a request for us.
const LARGEST_BUFFER: usize = 64 * 1024;

/// Serves a connection until its client leaves, is too slow, makes room for others, or the server stops.
pub(crate) async fn serve(
    app: Arc<App>,
    (socket, peer): (TcpStream, SocketAddr),
    member: Member,
    mut stop: Receiver<bool>,
) {
    // Answers go out whole; waiting to fill a packet would only delay them.
    let _ = socket.set_nodelay(true);
    let member = Arc::new(member);
    let service = service_fn(|request| {
        let (app, member) = (&app, &member);
        async move {
            member.watch.at_work();
            let answer = handle::handle(app, request, peer.ip()).await;
            member.owes(answer.body().size_hint().lower());
            Ok::<_, Infallible>(answer)
        }
    });
    let stream = TokioIo::new(Stream::new(socket, Arc::clone(&member)));
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(LARGEST_BUFFER)
            .header_read_timeout(None)
            .serve_connection(stream, service)
    );
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = watchman(&member.watch, &app) => return,
            at_once = member.watch.told() => {
                if at_once {
                    return;
                }
                connection.as_mut().graceful_shutdown();
            }
            _ = stop.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Returns when the client has used up its time. Looks from time to time: exactness is not worth a timer a request.
async fn watchman(watch: &Watch, app: &App) {
    let round = (app.patience.head.min(app.patience.stalled) / 4)
        .clamp(Duration::from_millis(50), Duration::from_secs(5));
    while !watch.is_over(&app.patience) {
        tokio::time::sleep(round).await;
    }
}
