//! Two releases on one database, while a change of the design is on its way: what the module docs of the planner promise.

mod rows;

use serde_json::{Value, json};
use testkit::postgres::Database;

use crate::support::{Folder, NOTES, Serving, groma, groma_with};

/// The notes of a release: what stands in the entity, and what stands behind it.
fn release(fields: &str, behind: &str) -> Folder {
    let folder = Folder::new();
    let notes = NOTES.replace("  title: text(1..100)\n", fields);
    folder.write("specs/notes.md", &format!("{notes}\n```groma\n{behind}\n```\n"));
    folder
}

/// Both releases of a change, and the database.
struct Change {
    url: String,
    old: Folder,
    new: Folder,
    token: String,
}

impl Change {
    /// The old release on its tables.
    fn begun(url: &str, old: Folder, new: Folder) -> Change {
        let token = groma(&old, &["token"]).out;
        // Both take the same tokens.
        let state = |release: &Folder| release.path().join(".groma");
        std::fs::create_dir_all(state(&new)).unwrap();
        for key in std::fs::read_dir(state(&old)).unwrap() {
            let key = key.unwrap();
            std::fs::copy(key.path(), state(&new).join(key.file_name())).unwrap();
        }
        let change = Change {
            url: url.to_owned(),
            old,
            new,
            token,
        };
        change.migrate(&change.old, &["plan"]);
        change.migrate(&change.old, &["apply"]);
        change
    }

    fn migrate(&self, release: &Folder, words: &[&str]) -> String {
        let words = [&["migrate"], words].concat();
        let ran = groma_with(release, &words, &[("DATABASE_URL", &self.url)]);
        assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
        ran.out
    }

    /// The plan of the new release, whose files are beside those of the old one, applied as far as both may run.
    fn expanded(&self, plan: &[&str]) -> String {
        self.new.copy(&self.old.path().join("migrations"), "migrations");
        let said = self.migrate(&self.new, &[&["plan"], plan].concat());
        self.migrate(&self.new, &["apply"]);
        said
    }

    fn contracted(&self) {
        self.migrate(&self.new, &["apply", "--contract", "--yes"]);
    }

    fn serving(&self, release: &Folder) -> Serving {
        Serving::start(release, &["serve"], &[("DATABASE_URL", &self.url)])
    }

    fn refused(&self, release: &Folder) -> String {
        let ran = groma_with(release, &["serve", "--port", "0"], &[("DATABASE_URL", &self.url)]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        ran.err
    }

    fn made(&self, server: &Serving, body: &Value) -> (u16, Value) {
        server.ask(Some(&self.token), ("POST", "/notes"), body)
    }

    fn list(&self, server: &Serving) -> Vec<Value> {
        let (status, list) = server.ask(Some(&self.token), ("GET", "/notes?limit=100"), &json!(null));
        assert_eq!(status, 200, "{list}");
        list["items"].as_array().unwrap().clone()
    }

    /// A note as a server shows it.
    fn read(&self, server: &Serving, note: &Value) -> Value {
        let path = format!("/notes/{}", note["id"].as_str().unwrap());
        let (status, read) = server.ask(Some(&self.token), ("GET", &path), &json!(null));
        assert_eq!(status, 200, "{read}");
        read
    }

    /// A row is made, read and changed.
    fn works(&self, server: &Serving, body: &Value) -> Value {
        let (status, made) = self.made(server, body);
        assert_eq!(status, 201, "{made}");
        let path = format!("/notes/{}", made["id"].as_str().unwrap());
        let (status, changed) = server.ask(Some(&self.token), ("PATCH", &path), &json!({"title": "changed"}));
        assert_eq!((status, &changed["title"]), (200, &json!("changed")), "{changed}");
        // Rows of the other release are read as well.
        let list = self.list(server);
        assert!(list.contains(&changed), "{list:?}");
        changed
    }
}

/// Columns and a table come and go, an enum and lengths change, and what was unique and optional is so no more.
fn both_serve(url: &str) {
    let old = release(
        "  title: text(1..100)
  body: text(..100)
  mood: Mood = good
  code: text(..20)? unique
  gone: text(..20)
  filled: int?
",
        "enum Mood { good, bad }
         entity Mark { id: uuid key; note: Note; index note }",
    );
    let new = release(
        "  title: text(1..200)
  body: text(..50)
  mood: Mood = good
  code: text(..20)?
  filled: int = 1
  rank: int = 3
  seen: datetime = now
  more: text?
",
        "enum Mood { good, fine }",
    );
    let change = Change::begun(url, old, new);
    let of_old = json!({"title": "old", "body": "b", "gone": "g", "mood": "good"});
    let of_new = json!({"title": "n".repeat(150), "body": "b", "mood": "fine"});
    let first = change.serving(&change.old);
    change.works(&first, &of_old);
    let said = change.refused(&change.new);
    assert!(
        said.contains("column \"rank\" of table \"notes\" is missing")
            && said.contains("the last migration that was applied to it is `")
            && said.contains("`groma migrate apply` does them"),
        "{said}"
    );

    change.expanded(&["--goes", "notes.gone", "--goes", "marks"]);
    let second = change.serving(&change.new);
    // The old release that runs, the new one, and the old one that starts anew.
    change.works(&first, &of_old);
    change.works(&second, &of_new);
    change.works(&change.serving(&change.old), &of_old);
    assert_eq!(first.stop(), Some(0));

    change.contracted();
    change.works(&second, &of_new);
    change.works(&change.serving(&change.new), &of_new);
    let said = change.refused(&change.old);
    assert!(
        said.contains("column \"gone\" of table \"notes\" is missing")
            && said.contains("start the release that it was migrated for"),
        "{said}"
    );
}

/// What has another name is there for one release alone, and a check of the author's only once all rows keep it.
fn one_serves(url: &str) {
    let old = release("  title: text(1..100)\n  text: text?\n  rank: int = 1\n", "");
    let new = release(
        "  title: text(1..100)\n  body: text? was text\n  rank: int = 1\n  check rank > 0\n",
        "",
    );
    let change = Change::begun(url, old, new);
    change.works(&change.serving(&change.old), &json!({"title": "a", "text": "x"}));
    change.expanded(&[]);
    let said = change.refused(&change.old);
    assert!(
        said.contains("column \"text\" of table \"notes\" is missing"),
        "{said}"
    );
    let said = change.refused(&change.new);
    assert!(
        said.contains("check \"notes_1_check\" of table \"notes\" is missing")
            && said.contains("`--contract`"),
        "{said}"
    );
    change.contracted();
    change.works(&change.serving(&change.new), &json!({"title": "b", "body": "x"}));
}

/// What somebody changed beside the migrations and is meant so is served where it does no harm.
fn ignored(url: &str, run: impl Fn(&str)) {
    let fields = "  title: text(1..100)\n  body: text(..50)?\n";
    let change = Change::begun(url, release(fields, ""), release(fields, ""));
    run("ALTER TABLE notes ADD COLUMN colour text; CREATE INDEX by_title ON notes (title)");
    let drift = ["migrate", "drift"];
    let ran = groma_with(&change.old, &drift, &[("DATABASE_URL", url)]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("colour") && ran.out.contains("by_title"),
        "{ran:?}"
    );
    change.migrate(&change.old, &["drift", "--ignore"]);
    change.works(&change.serving(&change.old), &json!({"title": "a", "body": "x"}));

    run("ALTER TABLE notes DROP COLUMN colour; ALTER TABLE notes RENAME COLUMN body TO text");
    change.migrate(&change.old, &["drift", "--ignore"]);
    let said = change.refused(&change.old);
    assert!(
        said.contains("column \"body\" of table \"notes\" is missing"),
        "{said}"
    );
}

#[test]
fn what_is_ignored_on_sqlite_is_served() {
    let folder = Folder::new();
    let file = folder.path().join("notes.db");
    ignored(&format!("sqlite:{}", file.display()), |sql| {
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute_batch(sql).unwrap();
    });
}

#[test]
fn what_is_ignored_on_postgres_is_served() {
    let database = Database::new();
    ignored(&database.url(), |sql| {
        database.sql(sql);
    });
}

/// A trigger that may drop rows is refused until somebody says that it is meant, and again when it is another one.
#[test]
fn a_trigger_is_served_once_it_is_meant() {
    let database = Database::new();
    let fields = "  title: text(1..100)\n";
    let change = Change::begun(&database.url(), release(fields, ""), release(fields, ""));
    database.sql(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER t BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f()",
    );
    let said = "trigger \"t\" of table \"notes\" may change or drop a row before it is written: drop it, or say by \
                `groma migrate drift --ignore`";
    let refused = change.refused(&change.old);
    assert!(refused.contains(said), "{refused}");
    change.migrate(&change.old, &["drift", "--ignore"]);
    change.works(&change.serving(&change.old), &json!({"title": "a"}));
    database.sql(
        "CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f()",
    );
    let refused = change.refused(&change.old);
    assert!(refused.contains(said), "{refused}");
}

/// What a migration left and somebody took away is missed, also where the record of migrations is there and nothing
/// else is on its way.
#[test]
fn what_no_migration_took_away_is_missed() {
    let database = Database::new();
    let fields = "  title: text(1..100)\n  code: text(..20)? unique\n  rank: int = 1\n  mark: Mark?\n  check rank > 0\n";
    let release = || release(fields, "entity Mark { id: uuid key; name: text(..20) }");
    let change = Change::begun(&database.url(), release(), release());
    database.sql(
        "ALTER TABLE notes DROP CONSTRAINT notes_code_key;
         CREATE UNIQUE INDEX ON notes (code) WHERE false;
         ALTER TABLE notes DROP CONSTRAINT notes_mark_id_fkey;
         ALTER TABLE notes DROP CONSTRAINT notes_1_check;
         ALTER TABLE notes DROP CONSTRAINT notes_title_check;
         ALTER TABLE notes ADD CONSTRAINT notes_title_check CHECK (length(title) <= 100000);
         ALTER TABLE notes ALTER title DROP NOT NULL;
         ALTER TABLE marks DROP CONSTRAINT marks_name_check",
    );
    let said = change.refused(&change.old);
    for line in [
        "- column \"title\" of table \"notes\" is `text` where the design says `text not null`",
        "- unique constraint on \"code\" of table \"notes\" is missing",
        "- foreign key of \"mark_id\" of table \"notes\" is missing",
        "- check \"notes_1_check\" of table \"notes\" is missing",
        "- check \"notes_title_check\" of table \"notes\" is `",
        "- check \"marks_name_check\" of table \"marks\" is missing",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

fn on_sqlite(check: impl Fn(&str)) {
    let folder = Folder::new();
    check(&format!("sqlite:{}", folder.path().join("notes.db").display()));
}

#[test]
fn both_releases_serve_between_expand_and_contract_on_sqlite() {
    on_sqlite(both_serve);
}

#[test]
fn both_releases_serve_between_expand_and_contract_on_postgres() {
    both_serve(&Database::new().url());
}

#[test]
fn a_release_that_cannot_serve_says_why_on_sqlite() {
    on_sqlite(one_serves);
}

#[test]
fn a_release_that_cannot_serve_says_why_on_postgres() {
    one_serves(&Database::new().url());
}
