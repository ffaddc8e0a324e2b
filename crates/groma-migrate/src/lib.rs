//! Migrations as data: what differs between two schemas, the steps from one to the other with what each costs and how
//! it is undone, the files in which people read and edit them, and what is dangerous about a statement.
//!
//! Pure: it runs nothing and knows no socket, no driver, no clock and no disk.

pub mod lint;
