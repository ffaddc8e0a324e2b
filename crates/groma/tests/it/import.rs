//! `groma import`: what it does not do. What it does is held to whole databases, beside this.

use testkit::postgres::Database;

use crate::support::{Folder, groma};

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let database = Database::new();
    database.sql("CREATE TABLE customers (id uuid PRIMARY KEY); CREATE TABLE orders (id uuid PRIMARY KEY)");
    let folder = Folder::new();
    folder.write("specs/db/orders.md", "mine");
    let ran = groma(&folder, &["import", &database.url()]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(folder.read("specs/db/orders.md"), "mine");
    assert!(!folder.has("specs/db/customers.md"));
}

#[test]
fn an_address_that_is_none_and_a_file_that_is_not_there_are_said() {
    let folder = Folder::new();
    let ran = groma(&folder, &["import", "mysql://localhost/shop"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = groma(&folder, &["import", "sqlite:nothing.db"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!folder.has("nothing.db"));
    let ran = groma(&folder, &["import", "postgres://me:secret@127.0.0.1:1/shop"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!ran.err.contains("secret"), "{ran:?}");
}
