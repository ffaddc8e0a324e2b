//! Databases as people have them: each becomes a design that changes nothing in it, is served with its rows, and can be
//! made anew from the files.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use testkit::postgres::Database;

use crate::support::{Folder, Request, Serving, groma};

/// Who calls, so that routes can be asked.
const CALLERS: &str = "
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller Caller from claim sub
}
entity Caller external {
  id: text(1..64) key
}
";

/// What a database holds beside Groma's own tables: columns, constraints, indexes, a line each. What becomes of references
/// when a key changes, and when they are looked at, is known to nobody here.
fn parts(database: &Database) -> BTreeSet<String> {
    let said = database.sql(
        "SELECT 'column', table_name, column_name, data_type, udt_name, is_nullable, column_default,
           character_maximum_length, numeric_scale, is_identity
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'groma\\_%';
         SELECT 'constraint', conrelid::regclass, conname,
           regexp_replace(pg_get_constraintdef(oid), ' ON UPDATE CASCADE| DEFERRABLE INITIALLY DEFERRED', '') FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'groma\\_%';
         SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
         WHERE schemaname = 'public' AND tablename NOT LIKE 'groma\\_%';
         SELECT 'type', typname, array_agg(enumlabel ORDER BY enumsortorder)
         FROM pg_enum e JOIN pg_type t ON t.oid = enumtypid GROUP BY typname;
         SELECT 'sequence', pg_get_serial_sequence(quote_ident(table_name), column_name) FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE 'groma\\_%' AND column_default LIKE 'nextval%'",
    );
    said.lines().map(String::from).collect()
}

/// Every row of every table, as text.
fn rows(database: &Database, tables: &[String]) -> Vec<String> {
    let all = |table: &String| database.sql(&format!("SELECT * FROM \"{table}\" AS t ORDER BY t::text"));
    tables.iter().map(all).collect()
}

/// The entities of a design that was imported: name, table, and whether it is ours.
fn entities(folder: &Folder) -> Vec<(String, String, bool)> {
    let pages = folder
        .files()
        .into_iter()
        .filter(|path| path.starts_with("specs/db/"));
    let entities = pages.map(|path| {
        let page = folder.read(&path);
        let line = page.lines().find(|line| line.starts_with("entity ")).unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let table = line.split('"').nth(1).unwrap();
        (words[1].to_owned(), table.to_owned(), words[2] != "external")
    });
    entities.collect()
}

/// Imports a database and holds it to all that is promised. Gives the folder, and what was said to be left out.
fn taken_over(name: &str) -> (Folder, Database, Vec<String>) {
    let database = Database::new();
    let sql = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/databases")
        .join(name);
    database.sql(&std::fs::read_to_string(sql).unwrap());
    let before = parts(&database);
    let folder = Folder::new();
    let url = database.url();
    let fine = |words: &[&str]| {
        let ran = groma(&folder, words);
        assert_eq!(ran.code, Some(0), "{name}: {words:?}: {ran:?}");
        ran.out
    };
    let imported: serde_json::Value = serde_json::from_str(&fine(&["import", &url, "--json"])).unwrap();
    let entities = entities(&folder);
    let tables: Vec<String> = entities.iter().map(|(_, table, _)| table.clone()).collect();
    let rows_before = rows(&database, &tables);
    fine(&["check"]);
    fine(&["migrate", "adopt", "--database", &url]);
    assert!(
        fine(&["migrate", "plan", "--database", &url]).starts_with("nothing to do"),
        "{name}"
    );
    fine(&["migrate", "drift", "--database", &url]);
    assert_eq!(parts(&database), before, "{name}: the database was changed");

    // What the files make where nothing is, is what was there.
    let anew = Database::new();
    fine(&["migrate", "apply", "--database", &anew.url()]);
    let made = parts(&anew);
    let other: Vec<&String> = made.difference(&before).collect();
    assert!(other.is_empty(), "{name}: {other:#?}\n{before:#?}");
    for (_, table, _) in entities.iter().filter(|(_, _, is_ours)| *is_ours) {
        assert!(
            made.iter()
                .any(|part| part.starts_with(&format!("column|{table}|"))),
            "{name}: {table}"
        );
    }

    serve(&folder, &database, &entities);
    assert_eq!(rows(&database, &tables), rows_before, "{name}: rows were harmed");
    let notes = imported["notes"].as_array().unwrap().iter();
    let notes = notes.map(|note| {
        let (table, text) = (note["table"].as_str().unwrap(), note["text"].as_str().unwrap());
        match note["column"].as_str() {
            Some(column) => format!("{table}.{column}: {text}"),
            None => format!("{table}: {text}"),
        }
    });
    (folder, database, notes.collect())
}

/// That each row is read through a route, the keys of all that are there.
fn serve(folder: &Folder, database: &Database, entities: &[(String, String, bool)]) {
    let mut routes = String::from("# Routes\n\n```groma");
    routes.push_str(CALLERS);
    for (entity, table, is_ours) in entities {
        let verbs = if *is_ours { "all" } else { "read" };
        let members = if *is_ours { "" } else { " { list; read }" };
        let path = table.to_lowercase().replace('_', "-");
        let _ = write!(
            routes,
            "access {entity} {{ allow {verbs} to authenticated }}\nresource /{path} for {entity}{members}\n"
        );
    }
    routes.push_str("```\n");
    folder.write("specs/routes.md", &routes);
    let token = groma(folder, &["token"]).out;
    let url = database.url();
    let said = groma(folder, &["migrate", "plan", "--database", &url]).out;
    assert!(said.contains("make the table `groma_replies`"), "{said}");
    assert_eq!(
        groma(folder, &["migrate", "apply", "--database", &url]).code,
        Some(0)
    );
    let server = Serving::start(
        folder,
        &["serve"],
        &[("DATABASE_URL", &url), ("RATE_LIMIT", "off")],
    );
    for (_, table, _) in entities {
        let path = format!("/api/{}", table.to_lowercase().replace('_', "-"));
        let list = server.send(&Request {
            method: "GET",
            path: &path,
            token: Some(&token),
            body: None,
        });
        assert_eq!(list.status, 200, "{path}: {list:?}");
        let there = database.sql(&format!("SELECT count(*) FROM \"{table}\""));
        assert_eq!(
            list.json()["items"].as_array().unwrap().len().to_string(),
            there,
            "{list:?}"
        );
    }
    assert_eq!(server.stop(), Some(0));
}

fn assert_says(notes: &[String], what: &[&str]) {
    for part in what {
        assert!(
            notes.iter().any(|note| note.contains(part)),
            "{part:?} is not in {notes:#?}"
        );
    }
}

#[test]
fn tables_of_sqlmodel_and_alembic_are_taken_over_and_written() {
    let (folder, database, notes) = taken_over("sqlmodel.sql");
    assert_says(
        &notes,
        &[
            "alembic_version: a tool keeps it",
            "task.user_id: no index",
            "tasktaglink: its primary key has several columns",
            "task.updated_at: the database does not say who sets it",
        ],
    );
    let token = groma(&folder, &["token"]).out;
    let url = database.url();
    let server = Serving::start(&folder, &["serve"], &[("DATABASE_URL", &url)]);
    let ask = |method, path, body| {
        server.send(&Request {
            method,
            path,
            token: Some(&token),
            body,
        })
    };
    let body = r#"{"title": "Read", "status": "TODO", "priority": "high", "due_date": "2026-05-06T09:08:09.5+02:00",
        "tags": {"b": 1}, "updated_at": "2026-01-02T03:04:05Z", "user_id": 1}"#;
    let made = ask("POST", "/api/task", Some(body));
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["due_date"], "2026-05-06T07:08:09.500000Z", "{made:?}");
    let row = "SELECT title, status, priority, due_date, tags FROM task WHERE id = 2";
    assert_eq!(
        database.sql(row),
        r#"Read|TODO|high|2026-05-06 07:08:09.5|{"b": 1}"#
    );
    let refused = ask("PATCH", "/api/task/2", Some(r#"{"status": "LATER"}"#));
    assert_eq!(refused.status, 400, "{refused:?}");
    let changed = ask(
        "PATCH",
        "/api/task/2",
        Some(r#"{"status": "DONE", "priority": "low"}"#),
    );
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(
        database.sql("SELECT status, priority FROM task WHERE id = 2"),
        "DONE|low"
    );
}

#[test]
fn tables_beside_better_auth_are_taken_over() {
    let (folder, _, notes) = taken_over("better_auth.sql");
    assert_says(
        &notes,
        &["user: it is Better Auth's", "session: it is Better Auth's"],
    );
    assert!(
        folder
            .read("specs/db/conversations.md")
            .contains("user: User unindexed column \"userId\"")
    );
}

#[test]
fn tables_of_prisma_are_taken_over() {
    let (folder, _, notes) = taken_over("prisma.sql");
    assert_says(
        &notes,
        &[
            "Post.tags: its type `text[]`",
            "its index `Post_status_createdAt_idx`",
            "Post.meta: its default",
        ],
    );
    let user = folder.read("specs/db/user.md");
    assert!(
        user.contains("role: text(..5) matches /^(USER|ADMIN)$/ = \"USER\""),
        "{user}"
    );
}

#[test]
fn tables_of_drizzle_are_taken_over() {
    let (_, _, notes) = taken_over("drizzle.sql");
    assert_says(&notes, &["its index `projects_search`"]);
}

#[test]
fn tables_of_django_are_taken_over() {
    let (_, _, notes) = taken_over("django.sql");
    assert_says(
        &notes,
        &[
            "its check `shop_product_stock_check`",
            "its index `auth_user_username_like`",
            "django_migrations: a tool",
        ],
    );
}

#[test]
fn tables_of_a_hackathon_are_taken_over() {
    let (_, _, notes) = taken_over("tasks.sql");
    assert_says(&notes, &["its index `idx_user_tasks`"]);
}

#[test]
fn what_somebody_who_knows_postgres_made_is_taken_over_or_said() {
    let (folder, _, notes) = taken_over("by_hand.sql");
    assert_says(
        &notes,
        &[
            "accounts.balance: its type `numeric`",
            "accounts.email: its type `email_address`",
            "counters.id: nothing counts it up",
            "counters.seen: its type `bytea`",
            "counters.at: its type `point`",
            "Customers.ID: its name differs from `id` in the case of letters",
            "Customers.Name: its name differs from `name`",
            "customers: its name differs from `Customers`",
            "events: its primary key has several columns",
            "events_2026: it is a partition of `events`",
            "invoices: its check `paid_has_moment`",
            "invoices: its index `invoices_number_lower`",
            "invoices: its unique index `one_open_invoice`",
            "invoices: the trigger `invoices_touch`",
            "invoices: the view `open_invoices`",
            "invoices.number: its default",
            "invoices.state: its values are no names of an enum here",
            "invoices.search: the database computes it",
            "invoices.total: the database computes it, by `(net + tax)`",
            "log: it has no primary key",
            "notes: its policy `everybody`",
            "notes: row-level security is on",
            "prices: its key `country` is of the type `character(2)`",
        ],
    );
    let invoices = folder.read("specs/db/invoices.md");
    assert!(
        invoices.contains("What somebody owes.") && invoices.contains("## Before tax."),
        "{invoices}"
    );
    assert!(
        folder
            .read("specs/db/counters.md")
            .contains("entity Counter external")
    );
}

#[test]
fn measurements_are_taken_over() {
    let (_, _, notes) = taken_over("measurements.sql");
    assert_says(
        &notes,
        &[
            "readings.raw: its type `bytea`",
            "its index `readings_at_brin`",
            "its check `readings_value_check`",
        ],
    );
}

/// What `SQLAlchemy` makes of the same on SQLite, whose types are words.
const ON_SQLITE: &str = "
    CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
    CREATE TABLE user (id INTEGER NOT NULL, email VARCHAR NOT NULL, is_active BOOLEAN NOT NULL, PRIMARY KEY (id));
    CREATE UNIQUE INDEX ix_user_email ON user (email);
    CREATE TABLE task (
      id INTEGER NOT NULL, title VARCHAR(200) NOT NULL, completed BOOLEAN NOT NULL DEFAULT 0, priority VARCHAR(6) NOT NULL,
      user_id INTEGER NOT NULL, score FLOAT, count BIGINT,
      PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user (id));
    CREATE TABLE event (id INTEGER NOT NULL, at DATETIME NOT NULL, data JSON, day DATE, PRIMARY KEY (id));
    CREATE TABLE tag (id INT NOT NULL PRIMARY KEY, name VARCHAR);
    CREATE TABLE mark (id INTEGER PRIMARY KEY DESC, name VARCHAR);
    CREATE TABLE link (id INTEGER PRIMARY KEY, name VARCHAR) WITHOUT ROWID;
    CREATE TABLE rate (id REAL PRIMARY KEY);
    INSERT INTO user VALUES (1, 'ada@example.org', 1);
    INSERT INTO task VALUES (1, 'Write', 0, 'LOW', 1, 1.5, 3);
    INSERT INTO event VALUES (1, '2026-01-02 03:04:05.000000', '{\"a\": 1}', '2026-01-02')";

#[test]
fn tables_of_sqlalchemy_on_sqlite_are_taken_over() {
    let folder = Folder::new();
    let file = |name: &str| rusqlite::Connection::open(folder.path().join(name)).unwrap();
    file("shop.db").execute_batch(ON_SQLITE).unwrap();
    let said = |database: &rusqlite::Connection| -> Vec<String> {
        let query = "SELECT m.name || '.' || c.name || ' ' || c.type || c.\"notnull\" || coalesce(c.dflt_value, '') || c.pk
            FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.name IN ('user', 'task') ORDER BY 1";
        let mut statement = database.prepare(query).unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    let before = said(&file("shop.db"));
    let imported = groma(&folder, &["import", "shop.db"]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    for part in [
        "event.at: SQLite keeps",
        "event.data: SQLite keeps",
        "event.day: SQLite keeps",
        "link.id: nothing counts it up",
        "mark.id: nothing counts it up",
        "rate: its key `id` is of the type `REAL`",
        "tag.id: nothing counts it up",
    ] {
        assert!(imported.out.contains(part), "{part}: {}", imported.out);
    }
    for words in [
        &["check"][..],
        &["migrate", "adopt", "--database", "shop.db"],
        &["migrate", "plan", "--database", "shop.db"],
        &["migrate", "drift", "--database", "shop.db"],
        &["migrate", "apply", "--database", "anew.db"],
    ] {
        let ran = groma(&folder, words);
        assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
        assert!(
            words[1..].first() != Some(&"plan") || ran.out.starts_with("nothing to do"),
            "{ran:?}"
        );
    }
    assert_eq!(said(&file("shop.db")), before);
    assert_eq!(said(&file("anew.db")), before);
    let event = folder.read("specs/db/event.md");
    assert!(
        event.contains("entity Event external") && event.contains("at: datetime"),
        "{event}"
    );
    let routes = "access Event { allow read to authenticated }\nresource /events for Event { list; read }";
    folder.write("specs/routes.md", &format!("```groma{CALLERS}{routes}\n```\n"));
    let token = groma(&folder, &["token"]).out;
    let server = Serving::start(&folder, &["serve"], &[("DATABASE_URL", "sqlite:shop.db")]);
    let (status, list) = server.ask(Some(&token), ("GET", "/api/events"), &serde_json::Value::Null);
    let row = serde_json::json!({"id": 1, "at": "2026-01-02T03:04:05.000000Z", "data": {"a": 1}, "day": "2026-01-02"});
    assert_eq!((status, &list["items"]), (200, &serde_json::json!([row])));
    assert_eq!(server.stop(), Some(0));
}
