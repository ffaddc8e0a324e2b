-- groma migration
-- database: postgres
-- phase: expand
--
-- Before the new release runs; the one before it goes on running meanwhile.

-- step: call the column `tasks.title` `heading`
-- run: in transaction 1
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" RENAME COLUMN "title" TO "heading";
-- down:
--   ALTER TABLE "tasks" RENAME COLUMN "heading" TO "title";

-- step: call the constraint `tasks_title_check` of `tasks` `tasks_heading_check`
-- run: in transaction 1
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" RENAME CONSTRAINT "tasks_title_check" TO "tasks_heading_check";
-- down:
--   ALTER TABLE "tasks" RENAME CONSTRAINT "tasks_heading_check" TO "tasks_title_check";

-- step: add the column `tasks.seen`
-- run: in transaction 2
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" ADD COLUMN "seen" timestamp with time zone NOT NULL DEFAULT now();
-- down:
-- not back: what was written to `tasks.seen` since
--   ALTER TABLE "tasks" DROP COLUMN "seen";

-- step: hold rows of `tasks` to `tasks_state_check`
-- run: in transaction 3
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_state_check";
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'running', 'done', 'dropped', 'doing')) NOT VALID;
-- down:
-- not back: rows of `tasks` may break `tasks_state_check` by then
--   ALTER TABLE "tasks" DROP CONSTRAINT "tasks_state_check";
--   ALTER TABLE "tasks" ADD CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'doing', 'done'));

-- step: look whether the rows of `tasks` that are there meet `tasks_state_check`
-- run: in transaction 4
-- lock: SHARE UPDATE EXCLUSIVE on tasks
-- cost: reads the table while others write, about 1200 rows
ALTER TABLE "tasks" VALIDATE CONSTRAINT "tasks_state_check";

-- step: write `running` where `tasks.state` is `doing`
-- run: in batches
-- lock: ROW EXCLUSIVE on tasks
-- cost: writes rows in batches, about 1200 rows
-- done: SELECT NOT EXISTS (SELECT 1 FROM "tasks" WHERE "state" = 'doing')
WITH batch AS (
  SELECT "id" FROM "tasks"
  WHERE "state" = 'doing' AND ($1::text IS NULL OR "id" > $1::text::uuid)
  ORDER BY "id" LIMIT 1000 FOR UPDATE SKIP LOCKED
), written AS (
  UPDATE "tasks" SET "state" = 'running' WHERE "id" IN (SELECT "id" FROM batch)
)
SELECT "id"::text FROM batch ORDER BY "id" DESC LIMIT 1;
-- down:
--   UPDATE "tasks" SET "state" = 'doing' WHERE "state" = 'running';

-- step: make the index that `tasks_owner_id_heading_key` is to be
-- run: outside of transactions
-- lock: SHARE UPDATE EXCLUSIVE on tasks
-- cost: reads the table while others write, about 1200 rows
-- fails where: rows of `tasks` share `owner_id`, `heading`
-- count: SELECT count(*) FROM (SELECT "owner_id", "heading", count(*) AS rows FROM "tasks" WHERE "owner_id" IS NOT NULL AND "heading" IS NOT NULL GROUP BY "owner_id", "heading" HAVING count(*) > 1) AS shared
-- done: SELECT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('"tasks_owner_id_heading_key"') AND indisvalid)
DROP INDEX CONCURRENTLY IF EXISTS "tasks_owner_id_heading_key";
CREATE UNIQUE INDEX CONCURRENTLY "tasks_owner_id_heading_key" ON "tasks" ("owner_id", "heading");
-- down:
--   DROP INDEX CONCURRENTLY IF EXISTS "tasks_owner_id_heading_key";

-- step: let no two rows of `tasks` share `owner_id`, `heading`
-- run: in transaction 5
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_owner_id_heading_key" UNIQUE USING INDEX "tasks_owner_id_heading_key";
-- down:
--   ALTER TABLE "tasks" DROP CONSTRAINT "tasks_owner_id_heading_key";
-- groma migration
-- database: postgres
-- phase: contract
--
-- Once the release before it runs no more: this takes away what that one needed.

-- step: take the default of `tasks.seen` away
-- run: in transaction 1
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
ALTER TABLE "tasks" ALTER COLUMN "seen" DROP DEFAULT;
-- down:
--   ALTER TABLE "tasks" ALTER COLUMN "seen" SET DEFAULT now();

-- step: write `running` where `tasks.state` is `doing`
-- run: in batches
-- lock: ROW EXCLUSIVE on tasks
-- cost: writes rows in batches, about 1200 rows
-- done: SELECT NOT EXISTS (SELECT 1 FROM "tasks" WHERE "state" = 'doing')
WITH batch AS (
  SELECT "id" FROM "tasks"
  WHERE "state" = 'doing' AND ($1::text IS NULL OR "id" > $1::text::uuid)
  ORDER BY "id" LIMIT 1000 FOR UPDATE SKIP LOCKED
), written AS (
  UPDATE "tasks" SET "state" = 'running' WHERE "id" IN (SELECT "id" FROM batch)
)
SELECT "id"::text FROM batch ORDER BY "id" DESC LIMIT 1;
-- down:
--   UPDATE "tasks" SET "state" = 'doing' WHERE "state" = 'running';

-- step: hold rows of `tasks` to `tasks_state_check`
-- run: in transaction 2
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- fails where: `tasks` breaks `tasks_state_check`
-- count: SELECT count(*) FROM "tasks" WHERE NOT ("state" IN ('todo', 'running', 'done', 'dropped'))
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_state_check";
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'running', 'done', 'dropped')) NOT VALID;
-- down:
-- not back: rows of `tasks` may break `tasks_state_check` by then
--   ALTER TABLE "tasks" DROP CONSTRAINT "tasks_state_check";
--   ALTER TABLE "tasks" ADD CONSTRAINT "tasks_state_check" CHECK ("state" IN ('todo', 'running', 'done', 'dropped', 'doing'));

-- step: look whether the rows of `tasks` that are there meet `tasks_state_check`
-- run: in transaction 3
-- lock: SHARE UPDATE EXCLUSIVE on tasks
-- cost: reads the table while others write, about 1200 rows
ALTER TABLE "tasks" VALIDATE CONSTRAINT "tasks_state_check";

-- step: drop the index `tasks_owner_id_idx` of `tasks`
-- run: outside of transactions
-- lock: SHARE UPDATE EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- done: SELECT to_regclass('"tasks_owner_id_idx"') IS NULL
DROP INDEX CONCURRENTLY IF EXISTS "tasks_owner_id_idx";
-- down:
--   DROP INDEX CONCURRENTLY IF EXISTS "tasks_owner_id_idx";
--   CREATE INDEX CONCURRENTLY "tasks_owner_id_idx" ON "tasks" ("owner_id");

-- step: drop the column `tasks.note`
-- run: in transaction 4
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- loses: every value of `tasks.note`
ALTER TABLE "tasks" DROP COLUMN "note";
-- down:
--   ALTER TABLE "tasks" ADD COLUMN "note" text COLLATE "C";
--   ALTER TABLE "tasks" ADD CONSTRAINT "tasks_note_check" CHECK (length("note") <= 500);
