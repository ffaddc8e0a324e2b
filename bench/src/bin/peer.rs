//! The peer: what a good engineer writes by hand for the same two routes, with axum and rusqlite.
//!
//! Same database, same rule (the owner, or the owner of the task's project), same answer, a cache of verified
//! tokens. It has none of the rest: no limits, no request ids, no conditional requests.

use std::cell::RefCell;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use groma_server::auth::{Algorithm, Config, KeySource, Verifier};
use rusqlite::{Connection, OpenFlags, Row, params};
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ONE: &str =
    "SELECT id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at,
       updated_at FROM tasks WHERE id = ?1 AND (owner_id = ?2 OR EXISTS
       (SELECT 1 FROM projects p WHERE p.id = tasks.project_id AND p.owner_id = ?2))";

const PAGE: &str = "SELECT * FROM (
  SELECT * FROM (SELECT id, title, notes, priority, due, tags, status, done_at, project_id, owner_id, created_at,
    updated_at FROM tasks WHERE owner_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2)
  UNION ALL
  SELECT * FROM (SELECT t.id, t.title, t.notes, t.priority, t.due, t.tags, t.status, t.done_at, t.project_id,
    t.owner_id, t.created_at, t.updated_at FROM projects p JOIN tasks t ON t.project_id = p.id
    WHERE p.owner_id = ?1 AND t.owner_id <> ?1 ORDER BY t.created_at DESC, t.id DESC LIMIT ?2)
) ORDER BY created_at DESC, id DESC LIMIT ?2";

#[derive(Serialize)]
struct Task {
    id: String,
    title: String,
    notes: Option<String>,
    priority: String,
    due: Option<String>,
    tags: Box<serde_json::value::RawValue>,
    status: String,
    done_at: Option<String>,
    project_id: Option<String>,
    owner_id: String,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct Page {
    items: Vec<Task>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Limit {
    limit: Option<u32>,
}

#[derive(Clone)]
struct App {
    database: Arc<str>,
    verifier: Verifier,
}

thread_local! {
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, database, keys, port] = &std::env::args().collect::<Vec<_>>()[..] else {
        return Err("usage: peer DATABASE JWKS_FILE PORT".into());
    };
    let config = Config::new(vec![Algorithm::EdDsa], KeySource::JwksFile(keys.into()));
    let app = App {
        database: database.as_str().into(),
        verifier: Verifier::new(config).await?,
    };
    let router = Router::new()
        .route("/api/tasks", get(list))
        .route("/api/tasks/{id}", get(one))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn caller(app: &App, headers: &HeaderMap) -> Option<String> {
    let values = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .map(axum::http::HeaderValue::as_bytes);
    app.verifier
        .verify(values)
        .await
        .ok()
        .map(|claims| claims.subject().to_owned())
}

async fn one(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let found = read(&app, |connection| {
        connection
            .prepare_cached(ONE)?
            .query_row(params![id, caller], task)
    });
    match found {
        Ok(task) => axum::Json(task).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn list(State(app): State<App>, Query(query): Query<Limit>, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let limit = query.limit.unwrap_or(20).min(100);
    let found = read(&app, |connection| {
        let mut statement = connection.prepare_cached(PAGE)?;
        let rows = statement.query_map(params![caller, limit + 1], task)?;
        rows.collect::<rusqlite::Result<Vec<Task>>>()
    });
    match found {
        Ok(mut items) => {
            let more = items.len() > limit as usize;
            items.truncate(limit as usize);
            let next_cursor = items
                .last()
                .filter(|_| more)
                .map(|task| format!("{}|{}", task.created_at, task.id));
            axum::Json(Page { items, next_cursor }).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn read<T>(app: &App, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    READER.with_borrow_mut(|slot| {
        if slot.is_none() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            *slot = Some(Connection::open_with_flags(&*app.database, flags)?);
        }
        match slot {
            Some(connection) => run(connection),
            None => unreachable!("the connection was opened above"),
        }
    })
}

fn task(row: &Row<'_>) -> rusqlite::Result<Task> {
    let tags: String = row.get(5)?;
    Ok(Task {
        id: row.get(0)?,
        title: row.get(1)?,
        notes: row.get(2)?,
        priority: row.get(3)?,
        due: row.get(4)?,
        tags: serde_json::value::RawValue::from_string(tags).map_err(|_| rusqlite::Error::InvalidQuery)?,
        status: row.get(6)?,
        done_at: row.get(7)?,
        project_id: row.get(8)?,
        owner_id: row.get(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
    })
}
