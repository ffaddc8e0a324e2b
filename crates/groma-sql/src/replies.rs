//! The table of answers that are kept for clients who send a request again (`Idempotency-Key`), and its statements.
//!
//! It stands beside the tables of a design that has such routes, and is no entity's: no route leads to it. Whoever may
//! read the database may read in it what callers were answered in the last day; where the rules hold inside the database
//! too, a caller's answers are there for that caller alone.

use groma_ir::Model;
use groma_ir::http::KEPT_FOR;
use groma_ir::scalar::StorageClass::{self, Int, Text, Timestamp};
use groma_plan::{Retry, Value};

use crate::dialect::Spelling;
use crate::job::Reply;
use crate::schema::{CALLER, Column, Command, Index, IndexColumn, Policy, PrimaryKey, Table};
use crate::{Call, Dialect, ParameterType};

/// Its name.
pub const TABLE: &str = "groma_replies";
/// Whether a table is one that servers keep for themselves: no design declares it, and any may have it.
pub fn is_of_server(table: &str) -> bool {
    table == TABLE
}

/// By what an answer is found: whose it is, what was asked for, and the key that the client made up.
const KEY: [&str; 3] = ["caller", "operation", "key"];
/// Its columns, and which of them may be empty.
const COLUMNS: [(&str, StorageClass, bool); 9] = [
    ("caller", Text, false),
    ("operation", Text, false),
    ("key", Text, false),
    ("digest", Text, false),
    ("status", Int, false),
    ("etag", Text, true),
    ("location", Text, true),
    ("body", Text, false),
    ("made_at", Timestamp, false),
];

const LOOK_SQLITE: &str = "SELECT digest, status, etag, location, body, 1 FROM groma_replies \
    WHERE caller = $1 AND operation = $2 AND key = $3 AND made_at > $4";

/// Also takes the key for the transaction, and says whether it was to be had: whoever has it is being answered.
const LOOK_POSTGRES: &str = "SELECT kept.digest, kept.status, kept.etag, kept.location, kept.body, \
    pg_try_advisory_xact_lock(hashtextextended($3, hashtextextended($2, hashtextextended($1, 0))))::int::bigint \
    FROM (SELECT 1) AS one LEFT JOIN groma_replies AS kept \
    ON kept.caller = $1 AND kept.operation = $2 AND kept.key = $3 AND kept.made_at > $4";

/// One that is kept no longer may still be there; any other was made by somebody who was faster.
const KEEP: &str = "INSERT INTO groma_replies \
    (caller, operation, key, digest, status, etag, location, body, made_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (caller, operation, key) DO UPDATE SET digest = excluded.digest, status = excluded.status, \
    etag = excluded.etag, location = excluded.location, body = excluded.body, made_at = excluded.made_at \
    WHERE groma_replies.made_at <= $10 RETURNING 1";

const FORGET_SQLITE: &str = "DELETE FROM groma_replies WHERE rowid IN \
    (SELECT rowid FROM groma_replies WHERE made_at <= $1 ORDER BY made_at LIMIT $2) RETURNING 1";

/// Others who remove the same are not waited for.
const FORGET_POSTGRES: &str = "DELETE FROM groma_replies WHERE ctid = ANY (ARRAY \
    (SELECT ctid FROM groma_replies WHERE made_at <= $1 ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1";

/// The table, for a design that has routes whose answers are kept.
pub(crate) fn table(model: &Model, dialect: Dialect) -> Option<Table> {
    if !model.http.routes.iter().any(|route| route.retry) {
        return None;
    }
    let is_fenced = dialect == Dialect::Postgres && model.design.service.row_security.is_some();
    Some(Table {
        name: TABLE.to_owned(),
        columns: COLUMNS.map(|of| column(dialect.into(), of)).into(),
        primary_key: Some(PrimaryKey {
            name: format!("{TABLE}_pkey"),
            columns: KEY.map(String::from).into(),
        }),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: vec![Index {
            name: format!("{TABLE}_made_at_idx"),
            columns: vec![IndexColumn {
                name: String::from("made_at"),
                descending: false,
            }],
            unique: false,
            predicate: None,
            valid: true,
        }],
        row_security: is_fenced,
        functions: Vec::new(),
        policies: if is_fenced { policies() } else { Vec::new() },
        comment: None,
    })
}

fn column(spelling: Spelling, (name, class, may_be_empty): (&str, StorageClass, bool)) -> Column {
    Column {
        name: name.to_owned(),
        ty: spelling.column_type(class),
        collation: spelling.collation(class).map(String::from),
        not_null: !may_be_empty,
        default: None,
        identity: false,
        fill: None,
        class: spelling.class_name(class, false),
        labels: Vec::new(),
        comment: None,
    }
}

/// Callers look for their own answers, and have them kept; nobody else is there.
fn policies() -> Vec<Policy> {
    // As a database prints it: policies are compared by their text.
    let own = Some(format!("(caller = ({CALLER} ->> 'sub'::text))"));
    let policy = |command: Command, using: &Option<String>, check: &Option<String>| Policy {
        name: format!("{TABLE}_{}_policy", command.sql().to_ascii_lowercase()),
        command,
        using: using.clone(),
        check: check.clone(),
    };
    vec![
        policy(Command::Select, &own, &None),
        policy(Command::Insert, &None, &own),
        policy(Command::Update, &own, &own),
    ]
}

const TEXT: ParameterType = ParameterType::One(Text);
const NUMBER: ParameterType = ParameterType::One(Int);
const TIME: ParameterType = ParameterType::One(Timestamp);

/// Looks for an answer that is kept at a time: its digest, status, tag, place and body, and whether nobody else is at
/// it. Where there is none, no row tells of it, or one without a digest.
pub(crate) fn look(dialect: Dialect, retry: &Retry, now: i64) -> Call {
    let text = match dialect {
        Dialect::Sqlite => LOOK_SQLITE,
        Dialect::Postgres => LOOK_POSTGRES,
    };
    let mut params = names(retry);
    params.push(cut(now));
    call(dialect, text, (params, &[TEXT, TEXT, TEXT, TIME]))
}

/// Keeps an answer; gives a row if it did.
pub(crate) fn keep(dialect: Dialect, (retry, reply): (&Retry, &Reply), now: i64) -> Call {
    let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let mut params = names(retry);
    params.extend([
        Value::Text(retry.digest.clone()),
        Value::Int(i64::from(reply.status)),
        optional(&reply.etag),
        optional(&reply.location),
        Value::Text(String::from_utf8_lossy(&reply.body).into_owned()),
        Value::Timestamp(now),
        cut(now),
    ]);
    let types = [TEXT, TEXT, TEXT, TEXT, NUMBER, TEXT, TEXT, TEXT, TIME, TIME];
    call(dialect, KEEP, (params, &types))
}

/// Removes so many answers at most that are kept no longer, and gives a row for each.
pub fn forget(dialect: Dialect, now: i64, most: i64) -> Call {
    let text = match dialect {
        Dialect::Sqlite => FORGET_SQLITE,
        Dialect::Postgres => FORGET_POSTGRES,
    };
    call(dialect, text, (vec![cut(now), Value::Int(most)], &[TIME, NUMBER]))
}

fn names(retry: &Retry) -> Vec<Value> {
    let names = [&retry.caller, &retry.operation, &retry.key];
    names.map(|name| Value::Text(name.clone())).into()
}

/// Answers that were made before are kept no longer.
fn cut(now: i64) -> Value {
    Value::Timestamp(now.saturating_sub(KEPT_FOR * 1_000_000))
}

fn call(dialect: Dialect, text: &str, (params, types): (Vec<Value>, &[ParameterType])) -> Call {
    let sql = match dialect {
        Dialect::Postgres => text.to_owned(),
        Dialect::Sqlite => text.replace('$', "?"),
    };
    Call {
        sql: sql.into(),
        params,
        types: types.into(),
    }
}
