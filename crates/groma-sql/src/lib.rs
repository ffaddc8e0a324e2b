//! Tables and plans to SQL: statements, the order in which a request runs them, and what their rows answer.
//!
//! [`create_statements`] makes the tables of a design. [`Sql`] holds the statements of its routes, one text for
//! each kind of caller and shape of request, and [`Job`] walks one request through them: it says which statement
//! comes next, takes the rows, and ends in the answer. It runs nothing itself, so it works with any driver.
//!
//! Knows no sockets and no driver. What a request brings is a parameter, always; only names and literals of the
//! design stand in a text.

mod bind;
mod cache;
mod changes;
mod columns;
mod ddl;
mod describe;
mod dialect;
mod foreign;
mod index;
mod job;
mod kept;
mod pred;
mod prepared;
mod presence;
pub mod replies;
pub mod schema;
mod statements;
mod write;

use std::sync::Arc;

pub use bind::ParameterType;
pub use ddl::{STAND_IN, create_statements, stand_in_statement};
pub use describe::{Described, describe, describe_all};
pub use dialect::{Dialect, postgres, sqlite};
pub use job::{Isolation, Job, Outcome, Reply, Step, Transaction, Violation};
pub use presence::{ExternalColumn, ExternalTable, Presence, external_tables};

use groma_ir::Model;
use groma_plan::{Caller, Plans, Request, Value};

#[cfg(test)]
mod tests;

use cache::Cache;
use prepared::Prepared;
use write::{Context, Style};

/// The statements of a design's routes.
#[derive(Debug)]
pub struct Sql {
    model: Arc<Model>,
    plans: Arc<Plans>,
    dialect: Dialect,
    presence: Presence,
    prepared: Prepared,
    cache: Cache,
}

/// A statement to run, with its values in order.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// The text; the same text is the same statement, fit to be kept prepared.
    pub sql: Arc<str>,
    /// The values of its parameters.
    pub params: Vec<Value>,
    /// What each of them is, always the same for the same text.
    pub types: Arc<[ParameterType]>,
}

impl Sql {
    /// The statements of a design for one database.
    pub fn new(model: Arc<Model>, plans: Arc<Plans>, dialect: Dialect, presence: Presence) -> Self {
        let prepared = Prepared::new(&model, &plans, &presence);
        Self {
            model,
            plans,
            dialect,
            presence,
            prepared,
            cache: Cache::default(),
        }
    }

    /// Walks a request through its statements.
    pub fn job(self: &Arc<Self>, caller: Arc<Caller>, request: Request) -> Job {
        Job::new(self.clone(), caller, request)
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn plans(&self) -> &Plans {
        &self.plans
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// The database that they are for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            model: &self.model,
            dialect: self.dialect.into(),
            presence: &self.presence,
            style: Style::Machine,
        }
    }
}
