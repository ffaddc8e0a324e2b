//! The tables themselves.

use expect_test::expect;
use groma_ir::sample;

use super::harness::Api;
use crate::{Dialect, Presence, create_statements};

#[test]
fn tables_are_made_with_their_keys_checks_and_indexes() {
    let statements = create_statements(&sample::tasks(), Dialect::Sqlite);
    expect![[r#"
        CREATE TABLE IF NOT EXISTS "projects" (
          "id" TEXT NOT NULL PRIMARY KEY,
          "name" TEXT NOT NULL,
          "owner_id" TEXT NOT NULL,
          CONSTRAINT "projects_owner_id_name_key" UNIQUE ("owner_id", "name"),
          CONSTRAINT "projects_name_check" CHECK (length("name") <= 100),
          CONSTRAINT "projects_owner_id_check" CHECK (length("owner_id") <= 64)
        ) STRICT;
        CREATE INDEX IF NOT EXISTS "projects_name_id_idx" ON "projects" ("name", "id");
        CREATE TABLE IF NOT EXISTS "tasks" (
          "id" TEXT NOT NULL PRIMARY KEY,
          "title" TEXT NOT NULL,
          "notes" TEXT,
          "priority" TEXT NOT NULL DEFAULT 'medium',
          "due" TEXT,
          "tags" TEXT NOT NULL DEFAULT '[]',
          "status" TEXT NOT NULL DEFAULT 'todo',
          "done_at" TEXT,
          "project_id" TEXT,
          "owner_id" TEXT NOT NULL,
          "created_at" TEXT NOT NULL,
          "updated_at" TEXT NOT NULL,
          CONSTRAINT "tasks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects" ("id") ON DELETE SET NULL,
          CONSTRAINT "tasks_title_check" CHECK (length("title") <= 200),
          CONSTRAINT "tasks_notes_check" CHECK (length("notes") <= 5000),
          CONSTRAINT "tasks_priority_check" CHECK ("priority" IN ('high', 'medium', 'low')),
          CONSTRAINT "tasks_tags_check" CHECK (json_valid("tags")),
          CONSTRAINT "tasks_status_check" CHECK ("status" IN ('todo', 'doing', 'done', 'archived')),
          CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64)
        ) STRICT;
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_status_due_idx" ON "tasks" ("owner_id", "status", "due");
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_created_at_id_idx" ON "tasks" ("owner_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_project_id_created_at_id_idx" ON "tasks" ("project_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_created_at_id_idx" ON "tasks" ("created_at", "id");
        CREATE TABLE IF NOT EXISTS "groma_replies" (
          "caller" TEXT NOT NULL,
          "operation" TEXT NOT NULL,
          "key" TEXT NOT NULL,
          "digest" TEXT NOT NULL,
          "status" INTEGER NOT NULL,
          "etag" TEXT,
          "location" TEXT,
          "body" TEXT NOT NULL,
          "made_at" TEXT NOT NULL,
          CONSTRAINT "groma_replies_pkey" PRIMARY KEY ("caller", "operation", "key")
        ) STRICT;
        CREATE INDEX IF NOT EXISTS "groma_replies_made_at_idx" ON "groma_replies" ("made_at")"#]].assert_eq(&statements.join(";\n"));
}

#[test]
fn on_postgres_each_type_is_its_own_and_text_is_in_the_order_of_its_code_points() {
    let statements = create_statements(&sample::tasks(), Dialect::Postgres);
    expect![[r#"
        CREATE TABLE IF NOT EXISTS "projects" (
          "id" uuid NOT NULL CONSTRAINT "projects_pkey" PRIMARY KEY,
          "name" text COLLATE "C" NOT NULL,
          "owner_id" text COLLATE "C" NOT NULL,
          CONSTRAINT "projects_owner_id_name_key" UNIQUE ("owner_id", "name"),
          CONSTRAINT "projects_name_check" CHECK (length("name") <= 100),
          CONSTRAINT "projects_owner_id_check" CHECK (length("owner_id") <= 64)
        );
        CREATE INDEX IF NOT EXISTS "projects_name_id_idx" ON "projects" ("name", "id");
        CREATE TABLE IF NOT EXISTS "tasks" (
          "id" uuid NOT NULL CONSTRAINT "tasks_pkey" PRIMARY KEY,
          "title" text COLLATE "C" NOT NULL,
          "notes" text COLLATE "C",
          "priority" text COLLATE "C" NOT NULL DEFAULT 'medium',
          "due" date,
          "tags" jsonb NOT NULL DEFAULT '[]',
          "status" text COLLATE "C" NOT NULL DEFAULT 'todo',
          "done_at" timestamp with time zone,
          "project_id" uuid,
          "owner_id" text COLLATE "C" NOT NULL,
          "created_at" timestamp with time zone NOT NULL,
          "updated_at" timestamp with time zone NOT NULL,
          CONSTRAINT "tasks_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects" ("id") ON DELETE SET NULL,
          CONSTRAINT "tasks_title_check" CHECK (length("title") <= 200),
          CONSTRAINT "tasks_notes_check" CHECK (length("notes") <= 5000),
          CONSTRAINT "tasks_priority_check" CHECK ("priority" IN ('high', 'medium', 'low')),
          CONSTRAINT "tasks_status_check" CHECK ("status" IN ('todo', 'doing', 'done', 'archived')),
          CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64)
        );
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_status_due_idx" ON "tasks" ("owner_id", "status", "due");
        CREATE INDEX IF NOT EXISTS "tasks_owner_id_created_at_id_idx" ON "tasks" ("owner_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_project_id_created_at_id_idx" ON "tasks" ("project_id", "created_at", "id");
        CREATE INDEX IF NOT EXISTS "tasks_created_at_id_idx" ON "tasks" ("created_at", "id");
        CREATE TABLE IF NOT EXISTS "groma_replies" (
          "caller" text COLLATE "C" NOT NULL,
          "operation" text COLLATE "C" NOT NULL,
          "key" text COLLATE "C" NOT NULL,
          "digest" text COLLATE "C" NOT NULL,
          "status" bigint NOT NULL,
          "etag" text COLLATE "C",
          "location" text COLLATE "C",
          "body" text COLLATE "C" NOT NULL,
          "made_at" timestamp with time zone NOT NULL,
          CONSTRAINT "groma_replies_pkey" PRIMARY KEY ("caller", "operation", "key")
        );
        CREATE INDEX IF NOT EXISTS "groma_replies_made_at_idx" ON "groma_replies" ("made_at")"#]].assert_eq(&statements.join(";\n"));
}

#[test]
fn making_them_twice_changes_nothing() {
    let api = Api::on_sqlite(groma_ir::sample::tasks(), Presence::none());
    for statement in create_statements(api.sql.model(), Dialect::Sqlite) {
        api.db.execute_batch(&statement).unwrap();
    }
}

#[test]
fn the_database_itself_refuses_what_no_type_allows() {
    let api = Api::on_sqlite(groma_ir::sample::tasks(), Presence::none());
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
