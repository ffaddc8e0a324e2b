//! The server on Postgres, held to its design: directly, and through a pooler in transaction mode.

use std::path::Path;

use testkit::pgbouncer::Pooler;
use testkit::postgres::Database;

use crate::support::{Folder, Serving, groma, notes};

/// Starts a server of an example on a database and verifies it.
fn keeps_its_promises(example: &str, is_pooled: bool) {
    verify(example, is_pooled, |_, _| {});
}

/// The same, with the rules inside the database too.
fn keeps_its_promises_behind_a_fence(example: &str, is_pooled: bool) {
    verify(example, is_pooled, |folder, database| {
        let service = folder.read("specs/overview.md");
        let role = format!("{}_app", database.name());
        let line = format!("  database row_security \"{role}\"\n");
        let at = service.find("  base ").unwrap();
        folder.write(
            "specs/overview.md",
            &format!("{}{line}{}", &service[..at], &service[at..]),
        );
    });
}

fn verify(example: &str, is_pooled: bool, change: impl Fn(&Folder, &Database)) {
    let folder = Folder::new();
    let specs = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(example)
        .join("specs");
    folder.copy(&specs, "specs");
    let database = Database::new();
    change(&folder, &database);
    let pooler = is_pooled.then(|| Pooler::before(&database));
    let url = pooler
        .as_ref()
        .map_or(database.url(), |pooler| pooler.url().to_owned());
    let variables = [("RATE_LIMIT", "off"), ("DATABASE_URL", url.as_str())];
    let server = Serving::start(&folder, &["dev"], &variables);
    let url = format!("http://127.0.0.1:{}", server.port);
    // What leaves the service by e-mail alone is read from the database: nothing is left untried.
    let ran = groma(
        &folder,
        &["verify", &url, "--format", "json", "--database", &database.url()],
    );

    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
    assert!(!folder.has(".groma/dev.db"), "it went to SQLite");
}

#[test]
fn the_tasks_keep_their_promises() {
    keeps_its_promises("tasks", false);
}

#[test]
fn the_tasks_keep_their_promises_through_a_pooler() {
    keeps_its_promises("tasks", true);
}

#[test]
fn the_teams_keep_their_promises() {
    keeps_its_promises("team", false);
}

#[test]
fn the_teams_keep_their_promises_through_a_pooler() {
    keeps_its_promises("team", true);
}

#[test]
fn the_blog_keeps_its_promises() {
    keeps_its_promises("blog", false);
}

#[test]
fn the_blog_keeps_its_promises_through_a_pooler() {
    keeps_its_promises("blog", true);
}

#[test]
fn fenced_tasks_keep_their_promises() {
    keeps_its_promises_behind_a_fence("tasks", false);
}

#[test]
fn fenced_tasks_keep_their_promises_through_a_pooler() {
    keeps_its_promises_behind_a_fence("tasks", true);
}

#[test]
fn fenced_teams_keep_their_promises() {
    keeps_its_promises_behind_a_fence("team", false);
}

#[test]
fn fenced_teams_keep_their_promises_through_a_pooler() {
    keeps_its_promises_behind_a_fence("team", true);
}

#[test]
fn a_fenced_blog_keeps_its_promises() {
    keeps_its_promises_behind_a_fence("blog", false);
}

#[test]
fn a_fenced_blog_keeps_its_promises_through_a_pooler() {
    keeps_its_promises_behind_a_fence("blog", true);
}

#[test]
fn the_address_is_shown_without_its_password() {
    let folder = notes();
    let database = Database::new();
    let url = database.url();
    let ran = crate::support::groma_with(&folder, &["env"], &[("DATABASE_URL", &url)]);
    assert!(
        ran.out.contains("DATABASE_URL") && !ran.out.contains("te%2Fst"),
        "{}",
        ran.out
    );

    let wrong = format!("{url}&schema=tasks");
    let ran = crate::support::groma_with(&folder, &["serve"], &[("DATABASE_URL", &wrong)]);
    assert!(
        ran.err
            .contains("`DATABASE_URL` cannot be used: its parameter `schema` is not known"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("te%2Fst"), "{}", ran.err);

    let elsewhere = url.replace(database.name(), "elsewhere");
    let words = ["verify", "http://127.0.0.1:1", "--database", &elsewhere];
    let ran = groma(&folder, &words);
    assert!(
        ran.err.contains("cannot be read as the service's database"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("te%2Fst"), "{}", ran.err);
}

/// Makes every column of the tables hold its values as people have them: moments without a zone, enums of the database,
/// JSON as text.
const AS_PEOPLE_HAVE_IT: &str = r#"
DO $do$ DECLARE c record; BEGIN
  FOR c IN SELECT conrelid::regclass AS t, conname, pg_get_constraintdef(o.oid) AS said, a.attname FROM pg_constraint o
    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND pg_get_constraintdef(o.oid) LIKE '%= ANY (ARRAY[%' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ALTER %I DROP DEFAULT', c.t, c.conname, c.attname);
    EXECUTE format('CREATE TYPE %I AS ENUM (%s)', 'Kind of ' || c.conname,
      replace(substring(c.said FROM '\[(.*)\]'), '::text', ''));
    EXECUTE format('ALTER TABLE %s ALTER %2$I TYPE %3$I USING %2$I::%3$I', c.t, c.attname, 'Kind of ' || c.conname);
  END LOOP;
  FOR c IN SELECT attrelid::regclass AS t, attname, format_type(atttypid, -1) AS ty FROM pg_attribute
    JOIN pg_class r ON r.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'groma\_%' AND attnum > 0
      AND format_type(atttypid, -1) IN ('timestamp with time zone', 'jsonb') LOOP
    EXECUTE format('ALTER TABLE %s ALTER %I TYPE %s', c.t, c.attname,
      CASE c.ty WHEN 'jsonb' THEN 'json' ELSE 'timestamp' END);
  END LOOP;
END $do$;
"#;

/// What was taken over answers as what was made: in a zone of its own, so that nothing rests on the session's.
#[test]
fn the_tasks_keep_their_promises_on_the_types_of_others() {
    verify("tasks", false, |folder, database| {
        database.sql(&format!(
            "ALTER DATABASE {} SET TimeZone = 'Asia/Tokyo'",
            database.name()
        ));
        for command in [["migrate", "plan"], ["migrate", "apply"]] {
            let ran = groma(folder, &[&command[..], &["--database", &database.url()]].concat());
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
        database.sql(AS_PEOPLE_HAVE_IT);
        let left = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'
            AND table_name NOT LIKE 'groma%' AND data_type IN ('timestamp without time zone', 'USER-DEFINED')";
        assert!(database.sql(left).parse::<u32>().unwrap() > 5);
    });
}
