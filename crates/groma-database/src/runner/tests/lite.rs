//! On SQLite a migration is done, or not at all.

use rusqlite::Connection;

use super::{ours, quick, script, together};
use crate::runner::{Orders, Script, sqlite};

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE) STRICT;
             INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)",
        )
        .unwrap();
    connection
}

fn apply(connection: &Connection, script: Script) -> Result<Vec<String>, String> {
    let orders = Orders {
        scripts: &[script],
        ours: &ours(),
        patience: &quick(),
    };
    sqlite::apply(connection, &orders, &mut |_| {}).map_err(|error| error.to_string())
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection
        .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_table_is_made_anew_and_what_points_at_it_stays() {
    let connection = database();
    let rebuild = "CREATE TABLE new (id INTEGER PRIMARY KEY, a TEXT) STRICT;
        INSERT INTO new (id) SELECT id FROM p; DROP TABLE p; ALTER TABLE new RENAME TO p";
    assert_eq!(
        apply(&connection, script("0001", vec![together(1, rebuild)])).unwrap(),
        ["0001"]
    );
    assert_eq!((count(&connection, "p"), count(&connection, "c")), (1, 1));
    let dangling = connection.execute("INSERT INTO c VALUES (2, 9)", []);
    assert!(dangling.is_err(), "references are looked after again");
    assert_eq!(sqlite::applied(&connection).unwrap().len(), 1);
}

#[test]
fn references_to_nothing_undo_everything() {
    let connection = database();
    let steps = vec![
        together(1, "CREATE TABLE x (id INTEGER)"),
        together(1, "DELETE FROM p"),
    ];
    let error = apply(&connection, script("0001", steps)).unwrap_err();
    assert_eq!(
        error,
        "`0001` would leave rows of `c` that refer to rows which are not there"
    );
    assert_eq!(count(&connection, "p"), 1);
    assert!(connection.prepare("SELECT * FROM x").is_err());
    assert_eq!(sqlite::applied(&connection).unwrap(), []);
}
