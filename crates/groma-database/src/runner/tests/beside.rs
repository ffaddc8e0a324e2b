//! Types that change while somebody reads and writes: by a second column, and there and back again.

use std::collections::BTreeSet;

use groma_migrate::file::File;
use groma_migrate::{Given, Phase, Size, plan, snapshot};
use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, Index, IndexColumn, PrimaryKey, Schema, Table, Unique};
use testkit::postgres::Database;

use super::{ours, quick};
use crate::catalog::tests::kit::connect;
use crate::catalog::{differences, of_postgres};
use crate::runner::{Event, Orders, Script, apply, undo};

const BEFORE: &str = "
CREATE TABLE items (id int PRIMARY KEY, title text, old int);
CREATE INDEX items_old ON items (title);
INSERT INTO items SELECT i, 't' || i, i FROM generate_series(1, 2500) i;";

/// The table `items` of these tests, as it is, and with `old` as text.
fn schemas() -> (Schema, Schema) {
    let column = |name: &str, ty: &str| Column {
        name: name.to_owned(),
        ty: ty.to_owned(),
        collation: None,
        not_null: name == "id",
        default: None,
        identity: false,
        fill: None,
        class: None,
        labels: Vec::new(),
        comment: None,
    };
    let items = |old: &str| Table {
        name: String::from("items"),
        columns: vec![
            column("id", "integer"),
            column("title", "text"),
            column("old", old),
        ],
        primary_key: Some(PrimaryKey {
            name: String::from("items_pkey"),
            columns: vec![String::from("id")],
        }),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: vec![Index {
            name: String::from("items_old"),
            columns: vec![IndexColumn {
                name: String::from("title"),
                descending: false,
            }],
            unique: false,
            predicate: None,
            valid: true,
        }],
        row_security: false,
        functions: Vec::new(),
        policies: Vec::new(),
        comment: None,
    };
    let schema = |old| Schema {
        dialect: Dialect::Postgres,
        tables: vec![items(old)],
        role: None,
    };
    (schema("integer"), schema("text"))
}

fn files(source: &Schema, target: &Schema) -> Vec<(Phase, File)> {
    let plan = plan(source, target, &Given::default());
    assert!(plan.questions.is_empty(), "{:?}", plan.questions);
    let files = plan.migrations.iter();
    let files = files.map(|it| (it.phase, File::parse(&File::of(it).text()).unwrap()));
    files.collect()
}

/// The change from one to the other, for those who kill it.
pub(super) fn scripts() -> Vec<Script> {
    let (source, target) = schemas();
    let files = files(&source, &target).into_iter();
    files
        .map(|(phase, file)| Script::of(phase.name(), &file))
        .collect()
}

/// `old` with all that can hold a column: a value in each row, a check, an index over it and another, a unique constraint.
fn held() -> (Schema, Schema) {
    let (mut source, mut target) = schemas();
    for (schema, check) in [(&mut source, "(old > 0)"), (&mut target, "(length(old) > 0)")] {
        let items = &mut schema.tables[0];
        items.columns[2].not_null = true;
        items.columns[2].default = Some(String::from(if check.contains("len") {
            "'7'::text"
        } else {
            "7"
        }));
        items.checks.push(Check {
            name: String::from("items_old_check"),
            expression: check.to_owned(),
            validated: true,
        });
        items.uniques.push(Unique {
            name: String::from("items_old_title_key"),
            columns: vec![String::from("old"), String::from("title")],
        });
        items.indexes[0].columns.push(IndexColumn {
            name: String::from("old"),
            descending: true,
        });
    }
    (source, target)
}

/// Both releases write in every moment: what they wrote is there, in the new type, and on the way back in the old one.
#[tokio::test]
async fn what_is_written_meanwhile_is_there_in_either_type() {
    let database = Database::new();
    let (source, target) = held();
    let client = connect(&database).await;
    client.batch_execute(BEFORE).await.unwrap();
    let hold = "ALTER TABLE items ALTER old SET NOT NULL, ALTER old SET DEFAULT 7, ADD CONSTRAINT items_old_check CHECK (old > 0),
      ADD CONSTRAINT items_old_title_key UNIQUE (old, title);
      DROP INDEX items_old; CREATE INDEX items_old ON items (title, old DESC)";
    client.batch_execute(hold).await.unwrap();
    assert_eq!(
        differences(&source, &of_postgres(&client).await.unwrap().schema),
        []
    );
    let files = files(&source, &target);
    assert_eq!(files.len(), 2);
    let all: Vec<Script> = files
        .iter()
        .map(|(phase, file)| Script::of(phase.name(), file))
        .collect();
    let (ours, patience) = (ours(), quick());
    let orders = |scripts| Orders {
        scripts,
        ours: &ours,
        patience: &patience,
    };
    let mut next = 10_000;
    // Who writes does not know of the other column, and the literal fits either type.
    let mut write = |event: Event| {
        if let Event::Step { .. } = event {
            next += 1;
            database.sql(&format!(
                "INSERT INTO items (id, title, old) VALUES ({next}, 'new', '{next}'); UPDATE items SET old = '{next}' WHERE id = {next} - 10000;
                 INSERT INTO items (id, title) VALUES ({next} + 50000, {next}); DELETE FROM items WHERE id = 2500"
            ));
        }
    };
    apply(&client, &orders(&all[..1]), &mut write).await.unwrap();
    let live = of_postgres(&client).await.unwrap().schema;
    let items = live.table("items").unwrap();
    assert_eq!(items.column("old").unwrap().ty, "text");
    assert_eq!(items.column("old__old").unwrap().ty, "integer");
    let mirrored = "SELECT count(*) FROM items WHERE old IS DISTINCT FROM old__old::text";
    assert_eq!(database.sql(mirrored), "0");
    // A value that the old type does not have keeps nobody from writing it.
    database.sql("INSERT INTO items (id, title, old) VALUES (90001, 'odd', 'many')");
    apply(&client, &orders(&all), &mut write).await.unwrap();
    let live = of_postgres(&client).await.unwrap().schema;
    assert_eq!(differences(&target, &live), []);
    let left = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(database.sql(left), "0");
    let steps: usize = all.iter().map(|script| script.steps.len()).sum();
    let (last, many) = (10_000 + steps, 2_499 + 2 * steps + 1);
    assert_eq!(database.sql("SELECT count(*) FROM items"), many.to_string());
    let wrong = format!(
        "SELECT count(*) FROM items WHERE id < 90000 AND old <> (CASE
           WHEN id > 60000 THEN '7' WHEN id <= {steps} THEN (id + 10000)::text ELSE id::text END)"
    );
    assert_eq!(database.sql(&wrong), "0", "up to {last}");
    database.sql("DELETE FROM items WHERE id = 90001");
    for (phase, file) in files.iter().rev() {
        let back = Script::back(phase.name(), file);
        undo(&client, &back, (&orders(&all), &mut write)).await.unwrap();
    }
    let live = of_postgres(&client).await.unwrap().schema;
    let mut source = source;
    source.tables[0].columns[2].not_null = false;
    assert_eq!(differences(&source, &live), [], "{}", snapshot(&live));
    assert_eq!(database.sql("SELECT count(*) FROM items WHERE old IS NULL"), "0");
    assert_eq!(database.sql("SELECT old FROM items WHERE id = 10001"), "10001");
    assert_eq!(
        database.sql("SELECT pg_typeof(old) FROM items LIMIT 1"),
        "integer"
    );
}

/// What does not convert is counted before anything is done; a small table is changed where it stands, and only while it is.
#[tokio::test]
async fn values_that_do_not_fit_are_counted_and_small_tables_are_changed_at_once() {
    let database = Database::new();
    let client = connect(&database).await;
    client.batch_execute(BEFORE).await.unwrap();
    let (text, number) = {
        let (number, text) = schemas();
        (text, number)
    };
    client
        .batch_execute("ALTER TABLE items ALTER old TYPE text; UPDATE items SET old = 'x' WHERE id < 4")
        .await
        .unwrap();
    let (ours, patience): (BTreeSet<String>, _) = (ours(), quick());
    let run = async |scripts: &[Script]| {
        let orders = Orders {
            scripts,
            ours: &ours,
            patience: &patience,
        };
        apply(&client, &orders, &mut |_| {}).await
    };
    let beside: Vec<Script> = files(&text, &number)
        .iter()
        .map(|(phase, file)| Script::of(phase.name(), file))
        .collect();
    let error = run(&beside[..1]).await.unwrap_err().to_string();
    assert!(
        error.ends_with("3 rows where `items.old` does not fit into integer"),
        "{error}"
    );
    let mut given = Given::default();
    let size = Size {
        rows: 2_500,
        bytes: 8_192,
    };
    given.sizes.insert(String::from("items"), size);
    client
        .batch_execute("UPDATE items SET old = '1' WHERE id < 4; DROP SCHEMA groma_internal CASCADE")
        .await
        .unwrap();
    assert_eq!(
        database.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'old__new'"),
        "0",
        "the column beside is not made yet"
    );
    let small = plan(&text, &number, &given);
    let [migration] = small.migrations.as_slice() else {
        panic!("{small:?}");
    };
    let written = File::of(migration).text();
    assert!(
        written.contains("-- way: where it stands, for the table has about 2500 rows"),
        "{written}"
    );
    let direct = [Script::of("direct", &File::parse(&written).unwrap())];
    client
        .batch_execute("INSERT INTO items SELECT i, 't', '1' FROM generate_series(3000, 11000) i")
        .await
        .unwrap();
    let error = run(&direct).await.unwrap_err().to_string();
    assert!(error.contains("too many to be written anew at once"), "{error}");
    client
        .batch_execute("DELETE FROM items WHERE id >= 3000")
        .await
        .unwrap();
    run(&direct).await.unwrap();
    assert_eq!(
        differences(&number, &of_postgres(&client).await.unwrap().schema),
        []
    );
}
