-- groma migration
-- database: postgres
-- phase: expand
--
-- Before the new release runs; the one before it breaks, and a new start of it is refused: stop its servers first.

-- step: call the column `tasks.title` `heading`
-- run: in transaction 1
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- lint: danger, PG33, the release that runs asks for `tasks.title`, which is `heading` then; help: stop the servers of the release before while it is applied; or add a second column, write both, and drop the first one in a later release
ALTER TABLE "tasks" RENAME COLUMN "title" TO "heading";
-- down:
--   ALTER TABLE "tasks" RENAME COLUMN "heading" TO "title";

-- step: call the constraint `tasks_title_check` of `tasks` `tasks_heading_check`
-- run: in transaction 1
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- lint: note, PG35, the release that runs knows what `tasks_title_check` means when it is broken; help: nothing is lost: until the new release runs, whoever breaks it may get a less telling answer
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
-- avoids: PG12, a check is added and looked at in one go: add it as `NOT VALID`, and let a later transaction validate it
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
-- avoids: PG44, many rows are written in one transaction: write them in batches, each in a transaction of its own that can be repeated
-- lint: warning, PG40, the release that runs does not know `running` in `tasks.state`, and writes `doing`; help: let both be taken until the release before has ended; rows that it writes meanwhile are changed by the second migration
-- done: SELECT NOT EXISTS (SELECT 1 FROM "tasks" WHERE "state" = 'doing')
WITH batch AS (
  SELECT "id" FROM "tasks"
  WHERE "state" = 'doing' AND ($1::text IS NULL OR "id" > $1::text::uuid)
  ORDER BY "id" LIMIT 1000 FOR UPDATE SKIP LOCKED
), written AS (
  UPDATE "tasks" SET "state" = 'running' WHERE "id" IN (SELECT "id" FROM batch)
)
SELECT "id"::text, count(*) OVER () FROM batch ORDER BY "id" DESC LIMIT 1;
-- down:
--   UPDATE "tasks" SET "state" = 'doing' WHERE "state" = 'running';

-- step: make the index that `tasks_owner_id_heading_key` is to be
-- run: outside of transactions
-- lock: SHARE UPDATE EXCLUSIVE on tasks
-- cost: reads the table while others write, about 1200 rows
-- fails where: rows of `tasks` share `owner_id`, `heading`
-- avoids: PG21, a unique constraint is added to a table in use: make a unique index with `CONCURRENTLY`, and make that the constraint with `USING INDEX`
-- lint: warning, PG60, it fails where rows of `tasks` share `owner_id`, `heading`; help: look for such rows with the query that the step's `-- count:` line says, and change or remove them before it is applied
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
-- avoids: PG44, many rows are written in one transaction: write them in batches, each in a transaction of its own that can be repeated
-- done: SELECT NOT EXISTS (SELECT 1 FROM "tasks" WHERE "state" = 'doing')
WITH batch AS (
  SELECT "id" FROM "tasks"
  WHERE "state" = 'doing' AND ($1::text IS NULL OR "id" > $1::text::uuid)
  ORDER BY "id" LIMIT 1000 FOR UPDATE SKIP LOCKED
), written AS (
  UPDATE "tasks" SET "state" = 'running' WHERE "id" IN (SELECT "id" FROM batch)
)
SELECT "id"::text, count(*) OVER () FROM batch ORDER BY "id" DESC LIMIT 1;
-- down:
--   UPDATE "tasks" SET "state" = 'doing' WHERE "state" = 'running';

-- step: hold rows of `tasks` to `tasks_state_check`
-- run: in transaction 2
-- lock: ACCESS EXCLUSIVE on tasks
-- cost: metadata, about 1200 rows
-- fails where: `tasks` breaks `tasks_state_check`
-- avoids: PG12, a check is added and looked at in one go: add it as `NOT VALID`, and let a later transaction validate it
-- lint: warning, PG60, it fails where `tasks` breaks `tasks_state_check`; help: look for such rows with the query that the step's `-- count:` line says, and change or remove them before it is applied
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
-- avoids: PG02, an index is dropped: drop it with `DROP INDEX CONCURRENTLY`
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
-- lint: danger, PG29, every value of `tasks.note` is gone; help: apply it once no server of the release before runs, and keep a copy of the values that you may need again
ALTER TABLE "tasks" DROP COLUMN "note";
-- down:
--   ALTER TABLE "tasks" ADD COLUMN "note" text COLLATE "C";
--   ALTER TABLE "tasks" ADD CONSTRAINT "tasks_note_check" CHECK (length("note") <= 500);
