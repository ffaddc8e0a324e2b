-- groma migration
-- database: sqlite
-- phase: expand
--
-- Before the new release runs; the one before it goes on running meanwhile.
-- Run with foreign keys off, and looked at with `PRAGMA foreign_key_check` before it is kept.

-- step: change the table `tasks`
-- run: in transaction 1
-- cost: rewrites the table while others wait, about 1200 rows
-- fails where: `tasks` breaks `tasks_title_check`
-- lint: warning, it fails where `tasks` breaks `tasks_title_check`; help: look for such rows with the query that the step's `-- count:` line says, and change or remove them before it is applied
-- count: SELECT count(*) FROM (SELECT "id" AS "id", "title" AS "title", "state" AS "state", "note" AS "note", "owner_id" AS "owner_id" FROM "tasks") AS "tasks" WHERE NOT (length("title") <= 90)
CREATE TABLE "groma_new_tasks" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'todo',
  "note" TEXT,
  "owner_id" TEXT NOT NULL,
  CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'doing', 'done')),
  CONSTRAINT "tasks_note_check" CHECK (length("note") <= 500),
  CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64),
  CONSTRAINT "tasks_title_check" CHECK (length("title") <= 90)
) STRICT;
INSERT INTO "groma_new_tasks" ("id", "title", "state", "note", "owner_id")
SELECT "id", "title", "state", "note", "owner_id"
FROM "tasks";
DROP TABLE "tasks";
ALTER TABLE "groma_new_tasks" RENAME TO "tasks";
CREATE INDEX "tasks_owner_id_idx" ON "tasks" ("owner_id");
-- down:
-- not back: rows of `tasks` may break `tasks_title_check` by then
--   CREATE TABLE "groma_new_tasks" (
--     "id" TEXT NOT NULL PRIMARY KEY,
--     "title" TEXT NOT NULL,
--     "state" TEXT NOT NULL DEFAULT 'todo',
--     "note" TEXT,
--     "owner_id" TEXT NOT NULL,
--     CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'doing', 'done')),
--     CONSTRAINT "tasks_note_check" CHECK (length("note") <= 500),
--     CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64),
--     CONSTRAINT "tasks_title_check" CHECK (length("title") <= 80)
--   ) STRICT;
--   INSERT INTO "groma_new_tasks" ("id", "title", "state", "note", "owner_id")
--   SELECT "id", "title", "state", "note", "owner_id"
--   FROM "tasks";
--   DROP TABLE "tasks";
--   ALTER TABLE "groma_new_tasks" RENAME TO "tasks";
--   CREATE INDEX "tasks_owner_id_idx" ON "tasks" ("owner_id");
-- groma migration
-- database: sqlite
-- phase: contract
--
-- Once the release before it runs no more: this takes away what that one needed.
-- Run with foreign keys off, and looked at with `PRAGMA foreign_key_check` before it is kept.

-- step: change the table `tasks`
-- run: in transaction 1
-- cost: rewrites the table while others wait, about 1200 rows
-- loses: every value of `tasks.note`
-- lint: danger, every value of `tasks.note` is gone; help: apply it once no server of the release before runs, and keep a copy of the values that you may need again
CREATE TABLE "groma_new_tasks" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'todo',
  "owner_id" TEXT NOT NULL,
  CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'doing', 'done')),
  CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64),
  CONSTRAINT "tasks_title_check" CHECK (length("title") <= 90)
) STRICT;
INSERT INTO "groma_new_tasks" ("id", "title", "state", "owner_id")
SELECT "id", "title", "state", "owner_id"
FROM "tasks";
DROP TABLE "tasks";
ALTER TABLE "groma_new_tasks" RENAME TO "tasks";
CREATE INDEX "tasks_owner_id_idx" ON "tasks" ("owner_id");
-- down:
-- not back: rows of `tasks` may break `tasks_note_check` by then
--   CREATE TABLE "groma_new_tasks" (
--     "id" TEXT NOT NULL PRIMARY KEY,
--     "title" TEXT NOT NULL,
--     "state" TEXT NOT NULL DEFAULT 'todo',
--     "owner_id" TEXT NOT NULL,
--     "note" TEXT,
--     CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'doing', 'done')),
--     CONSTRAINT "tasks_owner_id_check" CHECK (length("owner_id") <= 64),
--     CONSTRAINT "tasks_title_check" CHECK (length("title") <= 90),
--     CONSTRAINT "tasks_note_check" CHECK (length("note") <= 500)
--   ) STRICT;
--   INSERT INTO "groma_new_tasks" ("id", "title", "state", "owner_id", "note")
--   SELECT "id", "title", "state", "owner_id", NULL
--   FROM "tasks";
--   DROP TABLE "tasks";
--   ALTER TABLE "groma_new_tasks" RENAME TO "tasks";
--   CREATE INDEX "tasks_owner_id_idx" ON "tasks" ("owner_id");
