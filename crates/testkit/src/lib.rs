//! What the tests of several crates need: folders and Postgres servers that are thrown away. Knows no product type.

mod folder;
mod postgres;

pub use folder::Folder;
pub use postgres::{Postgres, free_port};
