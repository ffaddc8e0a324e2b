//! The same service on Postgres: what it answers must be what SQLite answers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;

use bytes::BytesMut;
use groma_plan::{Caller, Cell as Held, Encode, Plans, Request, Row, Value};
use testkit::postgres::Database;
use tokio::runtime::Runtime;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};
use tokio_postgres::{Client, NoTls, Statement};

use crate::{
    Call, Dialect, Isolation, Job, Outcome, ParameterType, Presence, Sql, Step, Transaction, Violation,
    create_statements, postgres,
};

thread_local! {
    static SERVER: Rc<Server> = Rc::new(Server::start());
}

/// A database of this test, and a connection to it; each service has a schema of its own.
struct Server {
    runtime: Runtime,
    client: Client,
    /// How many schemas there are, and the one in use.
    schemas: RefCell<(usize, usize)>,
    _database: Database,
}

impl Server {
    fn start() -> Self {
        let database = Database::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&database.url(), NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self {
            runtime,
            client,
            schemas: RefCell::new((0, 0)),
            _database: database,
        }
    }

    /// Whether a statement can be run; it is not.
    fn accepts(&self, text: &str) -> bool {
        let tried = format!("BEGIN; {text}");
        let done = self.runtime.block_on(self.client.batch_execute(&tried));
        self.run("ROLLBACK");
        done.is_ok()
    }

    fn run(&self, text: &str) {
        let done = self.runtime.block_on(self.client.batch_execute(text));
        done.unwrap_or_else(|error| panic!("{:?}: {text}", error.as_db_error()));
    }
}

/// The role that policies hold.
const ROLE: &str = "groma_test_app";

/// Whether a statement makes a table or what belongs to it, and is no part of the fence.
fn is_of_tables(statement: &str) -> bool {
    ["CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX"]
        .iter()
        .any(|start| statement.starts_with(start))
        || statement.contains(" ADD CONSTRAINT ")
}

/// A service on Postgres.
pub(in crate::tests) struct Twin {
    server: Rc<Server>,
    schema: usize,
    pub(in crate::tests) sql: Arc<Sql>,
    /// The same service, where the database keeps the rules too. Every second request goes through it.
    fenced: Arc<Sql>,
    /// The statements that put the fence up; it is done when the first request needs it.
    fence: RefCell<Option<Vec<String>>>,
    asked: Cell<usize>,
    statements: RefCell<HashMap<Arc<str>, Statement>>,
}

/// What a request came to.
pub(in crate::tests) struct Ran {
    pub(in crate::tests) outcome: Outcome,
    /// How many statements it took.
    pub(in crate::tests) statements: usize,
    /// Whether one of them changed a row.
    pub(in crate::tests) has_changed: bool,
}

struct Adapter<'r>(&'r tokio_postgres::Row);

/// The bytes of a value, of whatever type.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Row for Adapter<'_> {
    fn cell(&self, index: usize) -> Held<'_> {
        let Some(column) = self.0.columns().get(index) else {
            return Held::Null;
        };
        let raw: Option<Raw<'_>> = self.0.get(index);
        raw.map_or(Held::Null, |raw| postgres::cell(column.type_().oid(), raw.0))
    }
}

#[derive(Debug)]
struct Parameter<'v>(&'v Value, ParameterType);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match postgres::bound(self.0, self.1).bytes() {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    fn encode_format(&self, _: &Type) -> Format {
        Format::Binary
    }
    tokio_postgres::types::to_sql_checked!();
}

impl Twin {
    pub(super) fn new(model: Arc<groma_ir::Model>, plans: Arc<Plans>, presence: Presence) -> Self {
        let server = SERVER.with(Rc::clone);
        let schema = {
            let mut schemas = server.schemas.borrow_mut();
            schemas.0 += 1;
            schemas.0
        };
        server.run(&format!("CREATE SCHEMA s{schema}"));
        let mut secured = groma_ir::Model::clone(&model);
        secured.design.service.row_security = Some(String::from(ROLE));
        let statements = create_statements(&secured, Dialect::Postgres).into_iter();
        let (tables, fence) = statements.partition(|statement| is_of_tables(statement));
        let fenced = Sql::new(
            Arc::new(secured),
            plans.clone(),
            Dialect::Postgres,
            presence.clone(),
        );
        let twin = Self {
            sql: Arc::new(Sql::new(model, plans, Dialect::Postgres, presence)),
            fenced: Arc::new(fenced),
            fence: RefCell::new(Some(fence)),
            asked: Cell::new(0),
            server,
            schema,
            statements: RefCell::default(),
        };
        let tables: Vec<String> = tables;
        for statement in tables {
            twin.run(&statement);
        }
        twin
    }

    /// The service behind the fence.
    pub(in crate::tests) fn fenced(&self) -> &Arc<Sql> {
        for statement in self.fence.take().into_iter().flatten() {
            // Somebody else's table need not be there.
            let grant = statement.starts_with("GRANT SELECT (");
            if !grant || self.server.accepts(&statement) {
                self.run(&statement);
            }
        }
        &self.fenced
    }

    /// Makes the schema of this service the one in use.
    fn enter(&self) {
        let mut schemas = self.server.schemas.borrow_mut();
        if schemas.1 != self.schema {
            schemas.1 = self.schema;
            self.server.run(&format!("SET search_path TO s{}", self.schema));
        }
    }

    /// Runs statements as they are.
    pub(in crate::tests) fn run(&self, text: &str) {
        self.enter();
        self.server.run(text);
    }

    /// The rows of a statement.
    pub(in crate::tests) fn rows_of(&self, text: &str) -> Vec<tokio_postgres::Row> {
        self.enter();
        let done = self.server.runtime.block_on(self.server.client.query(text, &[]));
        done.unwrap_or_else(|error| panic!("{:?}: {text}", error.as_db_error()))
    }

    /// The first value of a statement, as the JSON of an answer.
    pub(in crate::tests) fn json_of(&self, text: &str) -> String {
        let mut out = Vec::new();
        for row in &self.rows_of(text) {
            Encode::Number.write(Adapter(row).cell(0), &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    /// Runs a statement with parameters; how many rows it changed.
    pub(in crate::tests) fn execute(&self, sql: &str, values: &[(Value, ParameterType)]) -> u64 {
        self.enter();
        let types: Vec<Type> = values.iter().map(|(_, kind)| type_of(*kind)).collect();
        let parameters: Vec<Parameter<'_>> = values
            .iter()
            .map(|(value, kind)| Parameter(value, *kind))
            .collect();
        let parameters = parameters.iter().zip(types);
        let parameters: Vec<(&(dyn ToSql + Sync), Type)> = parameters
            .map(|(value, kind)| (value as &(dyn ToSql + Sync), kind))
            .collect();
        let done = self
            .server
            .runtime
            .block_on(self.server.client.execute_typed(sql, &parameters));
        done.unwrap_or_else(|error| panic!("{:?}: {sql}", error.as_db_error()))
    }

    /// Answers a request, and keeps what it changed if it is to be kept.
    pub(in crate::tests) fn answer(&self, caller: &Caller, request: &Request, keeps: bool) -> Ran {
        self.enter();
        self.asked.set(self.asked.get() + 1);
        let is_fenced = self.asked.get().is_multiple_of(2);
        let sql = if is_fenced { self.fenced() } else { &self.sql };
        self.answer_by(sql, caller, request, keeps)
    }

    /// Answers a request by these statements.
    pub(in crate::tests) fn answer_by(
        &self,
        sql: &Arc<Sql>,
        caller: &Caller,
        request: &Request,
        keeps: bool,
    ) -> Ran {
        let mut job = sql.job(Arc::new(caller.clone()), request.clone());
        let transaction = job.transaction();
        if let Some(begin) = begin(transaction, keeps) {
            self.server.run(begin);
        }
        let mut is_open = begin(transaction, keeps).is_some();
        let mut statements = 0;
        let mut has_changed = false;
        let outcome = loop {
            match job.next() {
                Step::Run(call) => {
                    // What puts the fence up is no statement of the request.
                    statements += usize::from(!call.sql.contains("set_config"));
                    match self.step(&mut job, &call) {
                        Ok(rows) => has_changed |= rows > 0 && !call.sql.starts_with("SELECT"),
                        Err(violation) => {
                            if std::mem::take(&mut is_open) {
                                self.server.run("ROLLBACK");
                            }
                            job.fail(violation);
                            if let Some(begin) = begin(job.transaction(), true) {
                                self.server.run(begin);
                                is_open = true;
                            }
                        }
                    }
                }
                Step::Again => panic!("nobody else writes"),
                Step::Done(outcome) => break outcome,
            }
        };
        if is_open {
            let is_kept = keeps && outcome.is_ok();
            self.server.run(if is_kept { "COMMIT" } else { "ROLLBACK" });
        }
        Ran {
            outcome,
            statements,
            has_changed,
        }
    }

    /// Runs a statement; how many rows it gave, or what it ran into.
    fn step(&self, job: &mut Job, call: &Call) -> Result<usize, Violation> {
        let rows = self.rows(call).map_err(|error| {
            let found = error.as_db_error().and_then(|error| {
                postgres::violation(
                    self.sql.model(),
                    error.code().code(),
                    error.table(),
                    error.constraint(),
                )
            });
            let Some(violation) = found else {
                panic!("{error:?}: {}", call.sql)
            };
            violation
        })?;
        for row in &rows {
            job.row(&Adapter(row));
        }
        Ok(rows.len())
    }

    fn rows(&self, call: &Call) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
        let statement = self.prepared(&call.sql, &call.types);
        let parameters = call.params.iter().zip(call.types.iter());
        let parameters: Vec<Parameter<'_>> =
            parameters.map(|(value, kind)| Parameter(value, *kind)).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters
            .iter()
            .map(|value| value as &(dyn ToSql + Sync))
            .collect();
        self.server
            .runtime
            .block_on(self.server.client.query(&statement, &parameters))
    }

    fn prepared(&self, sql: &Arc<str>, types: &[ParameterType]) -> Statement {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return statement.clone();
        }
        let types: Vec<Type> = types.iter().map(|kind| type_of(*kind)).collect();
        let done = self
            .server
            .runtime
            .block_on(self.server.client.prepare_typed(sql, &types));
        let statement = done.unwrap_or_else(|error| panic!("{:?}: {sql}", error.as_db_error()));
        self.statements
            .borrow_mut()
            .insert(sql.clone(), statement.clone());
        statement
    }

    /// The database's plan for a statement, as it prints it, without costs: the one that it keeps for all values.
    pub(super) fn explain(&self, call: &Call) -> Vec<String> {
        let types = call.types.iter().map(|kind| type_of(*kind).name().to_owned());
        let types: Vec<String> = types.collect();
        self.run(&format!(
            "PREPARE explained ({}) AS {}",
            types.join(", "),
            call.sql
        ));
        self.run("SET plan_cache_mode = force_generic_plan");
        let values = vec!["NULL"; types.len()].join(", ");
        let text = format!("EXPLAIN (COSTS OFF) EXECUTE explained ({values})");
        let rows = self
            .server
            .runtime
            .block_on(self.server.client.query(&text, &[]))
            .unwrap();
        self.run("RESET plan_cache_mode; DEALLOCATE explained");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn type_of(parameter: ParameterType) -> Type {
    Type::from_oid(postgres::oid(parameter)).unwrap()
}

/// What stands before the statements of a job; what is not to be kept is always in a transaction.
fn begin(transaction: Transaction, keeps: bool) -> Option<&'static str> {
    match transaction {
        Transaction::None => None,
        Transaction::Read => Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        Transaction::Write(Isolation::Statement) => (!keeps).then_some("BEGIN"),
        Transaction::Write(Isolation::Snapshot) => Some("BEGIN ISOLATION LEVEL REPEATABLE READ"),
        Transaction::Write(Isolation::Serial) => Some("BEGIN ISOLATION LEVEL SERIALIZABLE"),
    }
}
