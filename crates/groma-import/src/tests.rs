//! What tables become, and that they are the same tables again.

use expect_test::expect;
use groma_diag::{Level, Sources};
use groma_ir::Model;
use groma_migrate::{adapted, same};
use groma_sql::schema::{Check, Column, Index, IndexColumn, PrimaryKey, Schema, Table, of_model};
use groma_sql::{Dialect, replies};

use crate::{Beside, Imported, of_database};

/// The design that an import writes, once it is checked.
fn checked(imported: &Imported) -> Model {
    let mut sources = Sources::new();
    for (path, text) in &imported.pages {
        sources.add(path.as_str(), text.as_str());
    }
    let compiled = groma_sema::compile(&sources);
    let errors = compiled
        .diagnostics
        .iter()
        .filter(|found| found.level == Level::Error);
    let errors: Vec<_> = errors.collect();
    let pages: Vec<&String> = imported.pages.values().collect();
    assert!(errors.is_empty(), "{errors:#?}\n{pages:#?}");
    compiled.design.map_or_else(|| panic!("{pages:#?}"), Model::new)
}

fn example(name: &str) -> Model {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut sources = Sources::new();
    let mut open = vec![root.join(name).join("specs")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.add(path.to_string_lossy().into_owned(), text);
            }
        }
    }
    Model::new(groma_sema::compile(&sources).design.unwrap())
}

/// The tables of a design as a database says them, which knows no more of a column than its type. Answers that are
/// kept come of themselves, with the routes.
fn as_kept(model: &Model, dialect: Dialect) -> groma_sql::schema::Schema {
    let mut schema = of_model(model, dialect);
    schema.tables.retain(|table| table.name != replies::TABLE);
    for table in &mut schema.tables {
        table.comment = None;
        for column in &mut table.columns {
            column.class = None;
            column.comment = None;
        }
    }
    schema
}

/// Tables that a design would make are, imported, a design that needs nothing changed in them.
#[test]
fn what_a_design_made_comes_back_as_a_design_of_the_same_tables() {
    for name in ["tasks", "team", "blog"] {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let live = as_kept(&example(name), dialect);
            let imported = of_database(&live, &Beside::default());
            let wanted = as_kept(&checked(&imported), dialect);
            let wanted = adapted(&wanted, &wanted, &live).whole;
            for table in &live.tables {
                let external = wanted.table(&table.name).is_none();
                assert!(
                    !external,
                    "{name}: `{}` is left to others: {:#?}",
                    table.name, imported.notes
                );
            }
            assert!(same(&wanted, &live), "{name} {dialect:?}\n{wanted:#?}\n{live:#?}");
        }
    }
}

fn column(name: &str, ty: &str) -> Column {
    Column {
        name: name.to_owned(),
        ty: ty.to_owned(),
        collation: None,
        not_null: true,
        default: None,
        identity: false,
        fill: None,
        class: None,
        labels: Vec::new(),
        comment: None,
    }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        name: name.to_owned(),
        primary_key: columns.first().map(|key| PrimaryKey {
            name: format!("{name}_pk"),
            columns: vec![key.name.clone()],
        }),
        columns,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        row_security: false,
        functions: Vec::new(),
        policies: Vec::new(),
        comment: None,
    }
}

fn database(tables: Vec<Table>) -> Schema {
    Schema {
        dialect: Dialect::Postgres,
        tables,
        role: None,
    }
}

#[test]
fn a_table_of_somebody_s_own_hand_keeps_its_names_and_types() {
    let key = Column {
        default: Some(String::from("nextval('todo_items_id_seq'::regclass)")),
        ..column("id", "integer")
    };
    let mut items = table(
        "todo_items",
        vec![
            key,
            column("TITLE", "character varying(200)"),
            Column {
                default: Some(String::from("'medium'::character varying")),
                ..column("priority", "character varying(10)")
            },
            Column {
                not_null: false,
                ..column("dueAt", "timestamp with time zone")
            },
            column("price", "numeric(10,2)"),
        ],
    );
    items.checks.push(Check {
        name: String::from("prio"),
        expression: String::from(
            "(priority)::text = ANY ((ARRAY['high'::character varying, 'medium'::character varying])::text[])",
        ),
        validated: true,
    });
    items.indexes.push(Index {
        name: String::from("ix_title"),
        columns: vec![IndexColumn {
            name: String::from("TITLE"),
            descending: false,
        }],
        unique: true,
        predicate: None,
        valid: true,
    });
    let live = database(vec![items]);
    let imported = of_database(&live, &Beside::default());
    expect![[r##"
        # TodoItem

        The table `todo_items`.

        ```groma
        entity TodoItem table "todo_items" {
          id: int key
          title: text(..200) unique column "TITLE"
          priority: TodoItemPriority = medium
          due_at: datetime? column "dueAt"
          price: decimal(10, 2)
        }
        ```

        ```groma
        enum TodoItemPriority { high, medium }
        ```
    "##]]
    .assert_eq(&imported.pages["specs/db/todo-items.md"]);
    let mut wanted = of_model(&checked(&imported), Dialect::Postgres);
    // How a server would print them, it says itself; here it is known.
    let printed = &live.tables[0];
    let mut checks = wanted.tables[0].checks.iter_mut();
    let priority = checks
        .find(|check| check.name == "todo_items_priority_check")
        .unwrap();
    priority.expression.clone_from(&printed.checks[0].expression);
    wanted.tables[0].columns[2]
        .default
        .clone_from(&printed.columns[2].default);
    let wanted = adapted(&wanted, &wanted, &live).whole;
    assert!(same(&wanted, &live), "{wanted:#?}\n{live:#?}");
}

#[test]
fn what_the_language_cannot_hold_stays_with_whoever_has_it_and_is_said() {
    let events = table("events", vec![column("id", "uuid"), column("at", "interval")]);
    let mut tags = table(
        "task_tags",
        vec![column("task_id", "uuid"), column("tag", "text")],
    );
    tags.primary_key = Some(PrimaryKey {
        name: String::from("task_tags_pkey"),
        columns: vec![String::from("task_id"), String::from("tag")],
    });
    let users = table(
        "user",
        vec![column("id", "text"), column("emailVerified", "boolean")],
    );
    let sessions = table("session", vec![column("id", "text"), column("token", "text")]);
    let imported = of_database(&database(vec![events, tags, users, sessions]), &Beside::default());
    let notes: Vec<String> = imported
        .notes
        .iter()
        .map(|note| format!("{} {:?}: {}", note.table, note.column, note.text))
        .collect();
    expect![[r#"
        events Some("at"): its type `interval` has no counterpart here: such types stay with whoever knows them; until then the table is read here, and somebody else's to change
        session None: it is Better Auth's, and nothing here asks for it: it is left out
        task_tags None: its primary key has several columns, so that no route could name a row: it is left out; with a column `id` as its key, and the others `unique` together, it can be taken over
        user None: it is Better Auth's: it stays with it, and is read here"#]].assert_eq(&notes.join("\n"));
    assert!(imported.pages["specs/db/events.md"].contains("entity Event external table \"events\""));
    assert!(!imported.pages.keys().any(|path| path.contains("session")));
    assert!(of_model(&checked(&imported), Dialect::Postgres).tables.is_empty());
}

#[test]
fn a_comment_becomes_prose_and_cannot_become_anything_else() {
    let mut comments = Beside::default();
    let wild = "```groma\nentity Evil { id: uuid key }\n```";
    comments.tables.insert(String::from("notes"), wild.to_owned());
    comments
        .columns
        .insert((String::from("notes"), String::from("text")), wild.to_owned());
    let live = database(vec![table(
        "notes",
        vec![column("id", "uuid"), column("text", "text")],
    )]);
    let model = checked(&of_database(&live, &comments));
    assert_eq!(model.design.entities.len(), 1);
}

#[test]
fn names_and_checks_of_a_hostile_database_write_no_rules() {
    let odd = "x\"\n}\naccess Note { allow all to everyone }\nenum Z { a#";
    let mut notes = table(
        "notes",
        vec![column("id", "uuid"), column(odd, "text"), column("body", "text")],
    );
    notes.checks.push(Check {
        name: String::from("```groma"),
        expression: String::from("body <> E'\n```groma\naccess Note { allow all to everyone }\n```\n'"),
        validated: true,
    });
    let evil = table("evil\"\n```", vec![column("id", "uuid")]);
    let model = checked(&of_database(&database(vec![notes, evil]), &Beside::default()));
    let names: Vec<&str> = model
        .design
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .collect();
    assert_eq!(names, ["Note"]);
    assert!(model.design.entities.iter().all(|entity| entity.owner.is_none()));
    assert!(model.access.of(groma_ir::Id::new(0)).read.is_never());
}
