//! The peer on Postgres: what a good engineer writes by hand for the same four routes, with axum, tokio-postgres and
//! its usual pool.
//!
//! Same database, same rule (the owner), same answers, a cache of verified tokens, statements kept prepared. It has none
//! of the rest: no limits, no request ids, no conditional requests, hardly a check of what it is sent.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use groma_server::auth::{Algorithm, Config, KeySource, Verifier};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_postgres::types::{Json as Jsonb, ToSql};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COLUMNS: &str = "id, title, notes, priority, due, tags, done, owner_id, created_at, updated_at";

#[derive(Clone)]
struct App {
    pool: Pool,
    verifier: Verifier,
}

#[derive(Serialize)]
struct Task {
    id: Uuid,
    title: String,
    notes: Option<String>,
    priority: String,
    due: Option<Date>,
    tags: Box<RawValue>,
    done: bool,
    owner_id: String,
    created_at: Timestamp,
    updated_at: Timestamp,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTask {
    title: String,
    notes: Option<String>,
    #[serde(default = "medium")]
    priority: String,
    #[serde(default = "nothing")]
    tags: Box<RawValue>,
    #[serde(default)]
    done: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    title: String,
}

fn medium() -> String {
    String::from("medium")
}

fn nothing() -> Box<RawValue> {
    RawValue::from_string(String::from("[]")).unwrap_or_default()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let [_, database, keys, port] = &std::env::args().collect::<Vec<_>>()[..] else {
        return Err("usage: peer_postgres DATABASE_URL JWKS_FILE PORT".into());
    };
    let config = Config::new(vec![Algorithm::EdDsa], KeySource::JwksFile(keys.into()));
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(database.parse()?, NoTls, recycling);
    let app = App {
        pool: Pool::builder(manager).max_size(16).build()?,
        verifier: Verifier::new(config).await?,
    };
    let router = Router::new()
        .route("/api/tasks", get(list).post(create))
        .route("/api/tasks/{id}", get(one).patch(update))
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
    let claims = app.verifier.verify(values).await.ok()?;
    Some(claims.subject().to_owned())
}

/// The rows of a statement, prepared on its connection.
async fn rows(app: &App, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Failure> {
    let client = app.pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}

async fn one(State(app): State<App>, Path(id): Path<Uuid>, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let sql = format!("SELECT {COLUMNS} FROM tasks WHERE id = $1 AND owner_id = $2");
    item(rows(&app, &sql, &[&id, &caller]).await, StatusCode::OK)
}

async fn list(State(app): State<App>, Query(query): Query<Limit>, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let limit = query.limit.unwrap_or(20).min(100);
    let sql =
        format!("SELECT {COLUMNS} FROM tasks WHERE owner_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    let Ok(found) = rows(&app, &sql, &[&caller, &i64::from(limit + 1)]).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let more = found.len() > limit as usize;
    let items: Result<Vec<Task>, Failure> = found.iter().take(limit as usize).map(task).collect();
    let Ok(items) = items else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|task| format!("{}|{}", task.created_at, task.id));
    Json(Page { items, next_cursor }).into_response()
}

async fn create(State(app): State<App>, headers: HeaderMap, Json(new): Json<NewTask>) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let sql = format!(
        "INSERT INTO tasks ({COLUMNS}) VALUES ($1, $2, $3, $4, NULL, $5, $6, $7, $8, $8) RETURNING {COLUMNS}"
    );
    let now = Timestamp::now();
    let id = Uuid::now_v7();
    let tags = Jsonb(new.tags);
    let values: [&(dyn ToSql + Sync); 8] = [
        &id,
        &new.title,
        &new.notes,
        &new.priority,
        &tags,
        &new.done,
        &caller,
        &now,
    ];
    item(rows(&app, &sql, &values).await, StatusCode::CREATED)
}

async fn update(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(change): Json<Change>,
) -> Response {
    let Some(caller) = caller(&app, &headers).await else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let sql = format!(
        "UPDATE tasks SET title = $3, updated_at = $4 WHERE id = $1 AND owner_id = $2 RETURNING {COLUMNS}"
    );
    let now = Timestamp::now();
    item(
        rows(&app, &sql, &[&id, &caller, &change.title, &now]).await,
        StatusCode::OK,
    )
}

fn item(found: Result<Vec<Row>, Failure>, status: StatusCode) -> Response {
    match found.map(|rows| rows.first().map(task)) {
        Ok(Some(Ok(task))) => (status, Json(task)).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Ok(Some(Err(_))) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn task(row: &Row) -> Result<Task, Failure> {
    Ok(Task {
        id: row.try_get(0)?,
        title: row.try_get(1)?,
        notes: row.try_get(2)?,
        priority: row.try_get(3)?,
        due: row.try_get(4)?,
        tags: row.try_get::<_, Jsonb<Box<RawValue>>>(5)?.0,
        done: row.try_get(6)?,
        owner_id: row.try_get(7)?,
        created_at: row.try_get(8)?,
        updated_at: row.try_get(9)?,
    })
}
