//! Statements that were made, by what they were made for.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use groma_ir::access::CallerFacts;
use groma_ir::http::{RouteId, SchemaId};
use groma_plan::{Query, Test};

use crate::bind::Statement;

/// The most statements that are kept: callers choose filters, and must not choose how much we remember.
const MOST: usize = 4_096;

/// What a statement was made for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) facts: CallerFacts,
    /// What else the text depends on.
    pub(crate) detail: Vec<u8>,
}

/// Which statement of a route it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Rows(RouteId),
    Count(RouteId),
    Get(RouteId),
    Parent(RouteId),
    Embed(SchemaId),
    References(RouteId),
    Look(RouteId),
    Change(RouteId),
    Checks(RouteId),
    /// Of a replace that makes the row that is not there: what it refers to, the row, its checks.
    ReferencesMade(RouteId),
    Make(RouteId),
    ChecksMade(RouteId),
    Beside(RouteId, usize),
    Report(RouteId),
}

/// The statements made so far.
#[derive(Default, Debug)]
pub(crate) struct Cache {
    statements: RwLock<HashMap<Shape, Arc<Statement>>>,
}

impl Cache {
    /// The statement of a shape, made when it is asked for the first time.
    pub(crate) fn get(&self, shape: Shape, make: impl FnOnce() -> Statement) -> Arc<Statement> {
        // A thread that panicked while it held the lock left nothing half done.
        let known = self
            .statements
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(statement) = known.get(&shape) {
            return statement.clone();
        }
        drop(known);
        let statement = Arc::new(make());
        let mut known = self
            .statements
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(shape, statement.clone());
        }
        statement
    }
}

/// What the text of a list depends on, beside the route and the caller.
pub(crate) fn list_detail(query: &Query) -> Vec<u8> {
    let mut detail = Vec::with_capacity(16 + query.filters.len() * 3);
    for filter in &query.filters {
        detail.extend_from_slice(&u16::try_from(filter.param).unwrap_or(u16::MAX).to_be_bytes());
        match &filter.test {
            Test::Values(values) => detail.push(if values.len() == 1 { 1 } else { 2 }),
            Test::Null(is_null) => detail.push(3 + u8::from(*is_null)),
            Test::Option(option) => {
                detail.push(5);
                detail.extend_from_slice(&u16::try_from(*option).unwrap_or(u16::MAX).to_be_bytes());
            }
        }
    }
    detail.extend_from_slice(&[0xFF, 0xFF, u8::try_from(query.words.len()).unwrap_or(u8::MAX)]);
    for (index, term) in query.sort.iter().enumerate() {
        let field = u16::try_from(groma_ir::Id::index(term.field)).unwrap_or(u16::MAX);
        detail.extend_from_slice(&field.to_be_bytes());
        let after = query.after.as_ref().and_then(|after| after.get(index));
        let after = after.map_or(0, |value| if value.is_null() { 1 } else { 2 });
        detail.push(u8::from(term.descending) + 2 * after);
    }
    detail
}
