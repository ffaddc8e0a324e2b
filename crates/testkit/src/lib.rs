//! What the tests of several crates need: folders that are thrown away. Knows no product type.

mod folder;

pub use folder::Folder;
