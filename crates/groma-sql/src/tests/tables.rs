//! The tables themselves.

use expect_test::expect;
use groma_ir::sample;

use super::harness::Api;
use crate::{Dialect, Presence, create_statements};

#[test]
fn tables_are_made_with_their_keys_checks_and_indexes() {
    let statements = create_statements(&sample::tasks(), Dialect::Sqlite, &Presence::none());
    expect![[r#"
        CREATE TABLE IF NOT EXISTS "projects" (
          "id" TEXT NOT NULL PRIMARY KEY,
          "name" TEXT NOT NULL CHECK (length("name") <= 100),
          "owner_id" TEXT NOT NULL CHECK (length("owner_id") <= 64),
          CONSTRAINT "projects_owner_id_name_key" UNIQUE ("owner_id", "name")
        ) STRICT;
        CREATE INDEX IF NOT EXISTS "projects_name_id_idx" ON "projects" ("name", "id");
        CREATE TABLE IF NOT EXISTS "tasks" (
          "id" TEXT NOT NULL PRIMARY KEY,
          "title" TEXT NOT NULL CHECK (length("title") <= 200),
          "notes" TEXT CHECK (length("notes") <= 5000),
          "priority" TEXT NOT NULL DEFAULT 'medium' CHECK ("priority" IN ('high', 'medium', 'low')),
          "due" TEXT,
          "tags" TEXT NOT NULL DEFAULT '[]' CHECK (json_valid("tags")),
          "status" TEXT NOT NULL DEFAULT 'todo' CHECK ("status" IN ('todo', 'doing', 'done', 'archived')),
          "done_at" TEXT,
          "project_id" TEXT,
          "owner_id" TEXT NOT NULL CHECK (length("owner_id") <= 64),
          "created_at" TEXT NOT NULL,
          "updated_at" TEXT NOT NULL,
          CONSTRAINT "tasks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects" ("id") ON DELETE SET NULL
        ) STRICT;
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_status_due_idx" ON "tasks" ("owner_id", "status", "due");
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_created_at_id_idx" ON "tasks" ("owner_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_project_id_created_at_id_idx" ON "tasks" ("project_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_created_at_id_idx" ON "tasks" ("created_at", "id")"#]].assert_eq(&statements.join(";\n"));
}

#[test]
fn making_them_twice_changes_nothing() {
    let api = Api::tasks();
    for statement in create_statements(api.sql.model(), Dialect::Sqlite, &Presence::none()) {
        api.db.execute_batch(&statement).unwrap();
    }
}

#[test]
fn the_database_itself_refuses_what_no_type_allows() {
    let api = Api::tasks();
    let insert = |column: &str, value: &str| {
        let mut values = vec![
            ("id", "'i'"),
            ("title", "'t'"),
            ("priority", "'low'"),
            ("tags", "'[]'"),
            ("status", "'todo'"),
            ("owner_id", "'ada'"),
            ("created_at", "'x'"),
            ("updated_at", "'x'"),
        ];
        values.retain(|(name, _)| *name != column);
        values.push((column, value));
        let (names, values): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        api.db.execute(
            &format!(
                "INSERT INTO tasks ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            ),
            [],
        )
    };
    for (column, value) in [
        ("priority", "'urgent'"),
        ("title", "NULL"),
        ("title", "printf('%.201c', 'a')"),
        ("tags", "'no json'"),
        ("id", "NULL"),
        ("project_id", "'nowhere'"),
    ] {
        assert!(insert(column, value).is_err(), "{column} = {value}");
    }
    assert!(insert("notes", "NULL").is_ok());
    assert!(insert("id", "'i'").is_err());
}
