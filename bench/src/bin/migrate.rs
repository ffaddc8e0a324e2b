//! What a database of 1,000 tables holds, how it differs from what it should, and what is dangerous about the way
//! there; beside Alembic's comparison of the same two.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use groma_database::catalog::{of_postgres, reconciled};
use groma_migrate::danger::lints;
use groma_migrate::lint::lint;
use groma_migrate::{Given, plan};
use groma_sql::Dialect;
use groma_sql::schema::{
    Action, Check, Column, ForeignKey, Index, IndexColumn, PrimaryKey, Schema, Table, Unique,
};
use testkit::Postgres;
use tokio_postgres::{Client, NoTls};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TABLES: usize = 1_000;
const FEW: usize = 10;
const ROUNDS: usize = 5;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [python, script] => run(python, script).await,
        _ => Err("usage: migrate PYTHON COMPARE.PY".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(python: &str, script: &str) -> Result<()> {
    let few = Database::with(FEW).await?;
    let few_asked = few.asked().await?;
    drop(few);
    let many = Database::with(TABLES).await?;
    let asked = many.asked().await?;
    let mut best: Option<Took> = None;
    for _ in 0..ROUNDS {
        let took = many.look().await?;
        best = best.filter(|best| best.whole() <= took.whole()).or(Some(took));
    }
    let best = best.unwrap_or_default();
    let alembic = many.alembic(python, script)?;
    println!("statements asked: {few_asked} for {FEW} tables, {asked} for {TABLES}");
    println!(
        "introspect {:.3} s, expressions {:.3} s, diff {:.3} s ({} steps), lint of the plan {:.3} s: {:.3} s",
        best.read.as_secs_f64(),
        best.reconcile.as_secs_f64(),
        best.plan.as_secs_f64(),
        best.steps,
        best.lint.as_secs_f64(),
        best.whole().as_secs_f64(),
    );
    println!(
        "lint of the {TABLES} tables as hand-written SQL {:.3} s",
        best.text.as_secs_f64()
    );
    println!(
        "Alembic compare_metadata {:.3} s ({} differences), {:.1} times as long",
        alembic.0,
        alembic.1,
        alembic.0 / best.whole().as_secs_f64(),
    );
    Ok(())
}

/// A database with so many tables, on a server of its own.
struct Database {
    server: Postgres,
    client: Client,
    tables: usize,
}

#[derive(Clone, Copy, Default)]
struct Took {
    read: Duration,
    reconcile: Duration,
    plan: Duration,
    lint: Duration,
    text: Duration,
    steps: usize,
}

impl Took {
    fn whole(&self) -> Duration {
        self.read + self.reconcile + self.plan + self.lint
    }
}

impl Database {
    async fn with(tables: usize) -> Result<Self> {
        let server = Postgres::with(&[("max_locks_per_transaction", "4096")]);
        let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await?;
        tokio::spawn(connection);
        for chunk in schema(tables, false).create_statements().chunks(100) {
            client.batch_execute(&chunk.join(";\n")).await?;
        }
        client.batch_execute("ANALYZE").await?;
        Ok(Self {
            server,
            client,
            tables,
        })
    }

    async fn look(&self) -> Result<Took> {
        let target = schema(self.tables, true);
        let mut took = Took::default();
        let since = Instant::now();
        let live = of_postgres(&self.client).await?;
        took.read = since.elapsed();
        let since = Instant::now();
        let target = reconciled(&self.client, &target, &live.schema).await?;
        took.reconcile = since.elapsed();
        let since = Instant::now();
        let plan = plan(&live.schema, &target, &Given::default());
        took.plan = since.elapsed();
        took.steps = plan
            .migrations
            .iter()
            .map(|migration| migration.steps.len())
            .sum();
        let since = Instant::now();
        let said: usize = plan
            .migrations
            .iter()
            .map(|migration| lints(migration).len())
            .sum();
        took.lint = since.elapsed();
        let text = target.create_statements().join(";\n");
        let since = Instant::now();
        let written = lint(&text, &live.ground()).len();
        took.text = since.elapsed();
        std::hint::black_box((said, written));
        Ok(took)
    }

    /// How many statements the server gets to see.
    async fn asked(&self) -> Result<usize> {
        self.client.batch_execute("SET log_statement = 'all'").await?;
        let count = || {
            let log = self.server.said();
            log.matches("LOG:  statement:").count() + log.matches("LOG:  execute").count()
        };
        let before = count();
        self.look().await?;
        let asked = count() - before;
        self.client.batch_execute("RESET log_statement").await?;
        Ok(asked)
    }

    fn alembic(&self, python: &str, script: &str) -> Result<(f64, usize)> {
        let url = self.server.url();
        let url = url.replacen("postgresql://", "postgresql+psycopg://", 1);
        let url = url.replacen("postgres://", "postgresql+psycopg://", 1);
        let output = Command::new(python)
            .args([script, &url, &self.tables.to_string()])
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (seconds, found) = said.trim().split_once(' ').ok_or("Alembic said nothing")?;
        Ok((seconds.parse()?, found.parse()?))
    }
}

/// Tables with eleven columns each, keys, a check and three indexes; wanted, with sixty things otherwise.
fn schema(tables: usize, is_wanted: bool) -> Schema {
    Schema {
        dialect: Dialect::Postgres,
        tables: (0..tables).map(|at| table(at, is_wanted)).collect(),
        role: None,
    }
}

fn table(at: usize, is_wanted: bool) -> Table {
    let name = format!("t{at:04}");
    let mut columns = vec![
        column("id", "bigint", true, None),
        column("title", "text", true, None),
        column("notes", "text", false, None),
        column("state", "text", true, Some("'open'")),
        column("rank", "bigint", true, Some("0")),
        column("done", "boolean", true, Some("FALSE")),
        column("due", "date", false, None),
        column("made", "timestamp with time zone", true, None),
        column("kind", "text", false, None),
        column("parent", "bigint", false, None),
        column("other", "bigint", false, None),
    ];
    let mut indexes = vec!["made", "parent", "other"];
    if is_wanted {
        match at {
            0..30 => columns.push(column("added", "text", false, None)),
            30..40 => columns.retain(|column| column.name != "notes"),
            40..60 => indexes.push("due"),
            _ => {}
        }
    }
    Table {
        primary_key: Some(PrimaryKey {
            name: format!("{name}_pkey"),
            columns: vec![String::from("id")],
        }),
        uniques: vec![Unique {
            name: format!("{name}_title_kind_key"),
            columns: vec![String::from("title"), String::from("kind")],
        }],
        foreign_keys: vec![key(&name, "parent", at.saturating_sub(1)), key(&name, "other", 0)],
        checks: vec![Check {
            name: format!("{name}_state_check"),
            expression: String::from("\"state\" IN ('open', 'done', 'late')"),
            validated: true,
        }],
        indexes: indexes.into_iter().map(|column| index(&name, column)).collect(),
        row_security: false,
        functions: Vec::new(),
        policies: Vec::new(),
        comment: None,
        columns,
        name,
    }
}

fn column(name: &str, ty: &str, not_null: bool, default: Option<&str>) -> Column {
    Column {
        name: name.to_owned(),
        ty: ty.to_owned(),
        collation: None,
        not_null,
        default: default.map(str::to_owned),
        identity: false,
        fill: None,
        class: None,
        labels: Vec::new(),
        comment: None,
    }
}

fn key(table: &str, column: &str, to: usize) -> ForeignKey {
    ForeignKey {
        name: format!("{table}_{column}_fkey"),
        columns: vec![column.to_owned()],
        table: format!("t{to:04}"),
        to: vec![String::from("id")],
        on_delete: Action::NoAction,
        validated: true,
    }
}

fn index(table: &str, column: &str) -> Index {
    Index {
        name: format!("{table}_{column}_idx"),
        columns: vec![IndexColumn {
            name: column.to_owned(),
            descending: false,
        }],
        unique: false,
        predicate: None,
        valid: true,
    }
}
