//! Reads a body: never more than the limit, never longer than the patience.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use groma_ir::http::Problem;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::CONNECTION;

use super::answer::Refusal;
use super::headers::CLOSE;

/// The whole body. 413 as soon as it is known to be too large, before the rest is read; 408 when it takes too long.
pub(crate) async fn read(body: Incoming, limit: u64, patience: Duration) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit {
        return Err(too_large());
    }
    match tokio::time::timeout(patience, collect(body, limit)).await {
        Ok(result) => result,
        Err(_) => Err(too_slow()),
    }
}

async fn collect(mut body: Incoming, limit: u64) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| cut_off(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        let length = first.len() + rest.len() + data.len();
        if u64::try_from(length).unwrap_or(u64::MAX) > limit {
            return Err(too_large());
        }
        if first.is_empty() {
            // Most bodies come in one piece, which then is not copied.
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

fn too_large() -> Refusal {
    Refusal::of(Problem::ContentTooLarge).with(CONNECTION, CLOSE)
}

fn too_slow() -> Refusal {
    Refusal::of(Problem::RequestTimeout).with(CONNECTION, CLOSE)
}

fn cut_off(error: &hyper::Error) -> Refusal {
    Refusal::of(Problem::InvalidRequest)
        .with(CONNECTION, CLOSE)
        .because(format!("the body broke off: {error}"))
}
