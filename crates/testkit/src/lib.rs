//! What the tests of several crates need: folders that are thrown away, and servers of databases that end with the
//! tests. Knows no product type.

mod folder;
pub mod pgbouncer;
pub mod postgres;

pub use folder::Folder;
pub use postgres::{Postgres, free_port};
