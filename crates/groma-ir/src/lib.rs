//! The neutral form of a design, and its three lowered views.
//!
//! [`design`] is what the author meant, resolved and complete. It is lowered once into [`http`] (routes,
//! schemas, statuses), [`tables`] (columns, keys, indexes) and [`access`] (one predicate a verb, as data).
//! Everything that Groma writes, serves or verifies reads these, and derives none of it again.
//!
//! Knows no syntax, no SQL text and no HTTP crate.

pub mod access;
pub mod arena;
pub mod canonical;
pub mod design;
pub mod http;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
pub mod scalar;
pub mod spelling;
pub mod tables;
pub mod words;

pub use arena::{Arena, Id};
pub use design::Design;

/// A design together with its three lowered views: what every output takes.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the author meant.
    pub design: Design,
    /// Routes, parameters, schemas and statuses.
    pub http: http::Http,
    /// Tables, columns, keys and indexes.
    pub tables: tables::Tables,
    /// One predicate a verb.
    pub access: access::Access,
}

impl Model {
    /// Lowers a design into its three views.
    pub fn new(design: Design) -> Self {
        let access = access::lower(&design);
        let tables = tables::lower(&design, &access);
        let http = http::lower(&design, &access);
        Self {
            design,
            http,
            tables,
            access,
        }
    }
}

#[cfg(test)]
mod tests;
