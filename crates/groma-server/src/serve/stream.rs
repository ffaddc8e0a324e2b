//! A client's connection, watched, and with our headers on what hyper refuses on its own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use groma_ir::http::Problem;
use groma_plan::Failure;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::crowd::Member;
use super::headers;

/// A TCP connection that tells its watch what happens.
#[derive(Debug)]
pub(crate) struct Stream {
    inner: TcpStream,
    member: Arc<Member>,
    /// Whether the last write took less than it was given: the next one does not begin an answer.
    is_inside: bool,
    /// An answer that is sent instead of a bare one of hyper's.
    instead: Option<Instead>,
}

#[derive(Debug)]
struct Instead {
    bytes: Vec<u8>,
    sent: usize,
    replaces: usize,
}

impl Stream {
    pub(crate) fn new(inner: TcpStream, member: Arc<Member>) -> Self {
        Self {
            inner,
            member,
            is_inside: false,
            instead: None,
        }
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(instead) = &mut self.instead else {
            return Poll::Ready(Ok(0));
        };
        while let Some(rest) = instead.bytes.get(instead.sent..).filter(|rest| !rest.is_empty()) {
            let sent = ready!(Pin::new(&mut self.inner).poll_write(context, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            instead.sent += sent;
        }
        let replaces = instead.replaces;
        self.instead = None;
        Poll::Ready(Ok(replaces))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_read(context, buffer);
        if poll.is_ready() {
            self.member.watch.has_read();
        }
        poll
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.is_inside && self.instead.is_none() {
            self.instead = instead_of(bytes);
        }
        let poll = if self.instead.is_some() {
            self.poll_instead(context)
        } else {
            Pin::new(&mut self.inner).poll_write(context, bytes)
        };
        match poll {
            Poll::Ready(Ok(sent)) => {
                self.is_inside = sent < bytes.len();
                self.member.watch.has_written(Some(sent));
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.member.watch.has_written(None),
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper asks for this once all that it had is written.
        self.member.has_flushed();
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// What hyper answers by itself to what is no request at all is a bare status line. Every answer of ours
/// carries a request id, so one of the 400s without it is hyper's.
fn instead_of(bytes: &[u8]) -> Option<Instead> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let failure = match status {
        b"400" => {
            let detail = "This is not an HTTP request that can be understood.";
            Failure::because(Problem::InvalidRequest, detail)
        }
        b"414" => Failure::of(Problem::UriTooLong),
        b"431" => Failure::of(Problem::HeadersTooLarge),
        _ => return None,
    };
    if !bytes.ends_with(b"\r\n\r\n") || find(bytes, b"\r\nx-request-id: ") {
        return None;
    }
    let id = uuid::Uuid::now_v7();
    let body = groma_plan::problem_json(&failure, "", &id.to_string());
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         x-request-id: {id}\r\n{}connection: close\r\n\r\n",
        failure.problem.status(),
        failure.problem.title(),
        body.len(),
        headers::AS_TEXT,
    );
    Some(Instead {
        bytes: [head.into_bytes(), body].concat(),
        sent: 0,
        replaces: bytes.len(),
    })
}

fn find(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
