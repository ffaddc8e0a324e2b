//! The id that ties an answer, a log line and a caller's own records together.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::header::{HeaderMap, HeaderValue};
use uuid::Uuid;

use super::headers::REQUEST_ID;

const LONGEST: usize = 128;

/// The caller's id when it is sane, otherwise a new one (a UUID of version 7, so that ids sort by time).
pub(crate) fn of(headers: &HeaderMap) -> HeaderValue {
    let mut given = headers.get_all(REQUEST_ID).iter();
    match (given.next(), given.next()) {
        (Some(id), None) if is_sane(id.as_bytes()) => id.clone(),
        _ => fresh(),
    }
}

/// Time, and a number that no other request of this process has, mixed with one that no other process has.
/// It has to be unlike every other id, not a secret: a random number for each would be asked of the system.
fn fresh() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static PROCESS: LazyLock<u64> = LazyLock::new(|| Uuid::now_v7().as_u64_pair().1);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mixed = xxhash_rust::xxh3::xxh3_128_with_seed(&number.to_le_bytes(), *PROCESS).to_le_bytes();
    let mut tail = [0; 10];
    tail.iter_mut().zip(mixed).for_each(|(to, from)| *to = from);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
    let mut buffer = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

/// Safe to put into a log line, a header and a JSON text as it is.
fn is_sane(id: &[u8]) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte))
}
