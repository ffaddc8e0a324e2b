//! The table of answers that are kept for clients who send a request again (`Idempotency-Key`).
//!
//! It is the server's own and no design's: whoever may read the database may read in it what callers were answered in
//! the last day.

use groma_ir::scalar::StorageClass::{self, Int, Text, Timestamp};

use crate::Dialect;
use crate::dialect::Spelling;

/// Its name.
pub const TABLE: &str = "groma_replies";

pub(crate) const LOOK: &str = "SELECT digest, status, etag, location, body FROM groma_replies \
    WHERE caller = $1 AND operation = $2 AND key = $3 AND made_at > $4";

/// One that is kept no longer may still be there; any other was made by somebody who was faster.
pub(crate) const KEEP: &str = "INSERT INTO groma_replies \
    (caller, operation, key, digest, status, etag, location, body, made_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (caller, operation, key) DO UPDATE SET digest = excluded.digest, status = excluded.status, \
    etag = excluded.etag, location = excluded.location, body = excluded.body, made_at = excluded.made_at \
    WHERE groma_replies.made_at <= $10 RETURNING 1";

/// A few at a time: no request pays for all that came before it.
pub(crate) const FORGET_SQLITE: &str = "DELETE FROM groma_replies WHERE rowid IN \
    (SELECT rowid FROM groma_replies WHERE made_at <= $1 ORDER BY made_at LIMIT 16)";

/// Others who remove the same are not waited for.
pub(crate) const FORGET_POSTGRES: &str = "DELETE FROM groma_replies WHERE ctid = ANY (ARRAY \
    (SELECT ctid FROM groma_replies WHERE made_at <= $1 ORDER BY made_at LIMIT 16 FOR UPDATE SKIP LOCKED))";

/// The statements that make it where it is not.
pub fn create_statements(dialect: Dialect) -> [String; 2] {
    let spelling = Spelling::from(dialect);
    let column = |name: &str, class: StorageClass, rest: &str| {
        let collation = spelling.collation(class);
        let collation = collation.map_or_else(String::new, |name| format!(" COLLATE \"{name}\""));
        format!("{name} {}{collation}{rest}", spelling.column_type(class))
    };
    let columns = [
        column("caller", Text, " NOT NULL"),
        column("operation", Text, " NOT NULL"),
        column("key", Text, " NOT NULL"),
        column("digest", Text, " NOT NULL"),
        column("status", Int, " NOT NULL"),
        column("etag", Text, ""),
        column("location", Text, ""),
        column("body", Text, " NOT NULL"),
        column("made_at", Timestamp, " NOT NULL"),
    ];
    [
        format!(
            "CREATE TABLE IF NOT EXISTS {TABLE} ({}, PRIMARY KEY (caller, operation, key))",
            columns.join(", ")
        ),
        format!("CREATE INDEX IF NOT EXISTS {TABLE}_made_at_idx ON {TABLE} (made_at)"),
    ]
}
