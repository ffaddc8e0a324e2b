//! What a change of a design means: what breaks clients, what the database must do, who gained or lost which access.
//!
//! Compares two models, never texts: routes are the same when method and path are, entities, fields, roles and
//! verbs when their names are, or when the new one says `was`. A comment, an order or a layout that means nothing changes nothing here.
//! Knows the neutral form and who may do what. Does not know how either design was written, kept or fetched.

mod access;
mod clients;
mod database;
mod renames;

pub use access::{AccessChange, Turn};
pub use clients::{ClientChange, Grade};
pub use database::{DatabaseChange, Risk};

use groma_ir::Model;

/// What changed from one design to another, the gravest first in each list.
#[derive(Clone, PartialEq, Debug)]
pub struct Diff {
    /// What clients notice.
    pub clients: Vec<ClientChange>,
    /// What the database must do.
    pub database: Vec<DatabaseChange>,
    /// Who gained or lost which access.
    pub access: Vec<AccessChange>,
}

impl Diff {
    /// Whether nothing that a client, the database or a caller would notice has changed.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty() && self.database.is_empty() && self.access.is_empty()
    }

    /// Whether some client that works with the old design may not work with the new one.
    pub fn breaks(&self) -> bool {
        self.clients.iter().any(|change| change.grade == Grade::Breaking)
    }

    /// Whether the database loses values that it holds.
    pub fn loses_data(&self) -> bool {
        self.database.iter().any(|change| change.risk == Risk::LosesData)
    }
}

/// Compares two designs.
pub fn compare(old: &Model, new: &Model) -> Diff {
    let old = &renames::of_things(old, &new.design);
    Diff {
        clients: clients::changes(old, new),
        database: database::changes(old, new),
        access: access::changes(&renames::of_values(old, &new.design), new),
    }
}

#[cfg(test)]
mod tests;
