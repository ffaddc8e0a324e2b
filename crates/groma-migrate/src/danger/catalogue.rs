//! The catalogue, as data. What is said of locks and scans was measured on Postgres 15.

/// One way in which a change of a database goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Danger {
    /// By what it is called: `PG01`.
    pub id: &'static str,
    /// What is done.
    pub what: &'static str,
    /// In which ways it is dangerous.
    pub kinds: &'static [Kind],
    /// What to do instead.
    pub remedy: &'static str,
}

/// A way of being dangerous.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Others wait for it.
    Locks,
    /// The table is written anew.
    Rewrites,
    /// Rows or values are gone.
    Loses,
    /// The release that still runs cannot work with what it leaves.
    Breaks,
    /// It does not do what it seems to.
    Misleads,
    /// Whoever runs the database has more to do, or to wait for.
    Operates,
    /// Somebody may read or write more, or less, than before.
    Opens,
}

/// Every danger that is known, by its number.
pub const CATALOGUE: &[Danger] = &[
    Danger {
        id: "PG01",
        what: "CREATE INDEX on an existing table",
        kinds: &[Kind::Locks],
        remedy: "CONCURRENTLY, own step, check indisvalid, drop an invalid leftover first",
    },
    Danger {
        id: "PG02",
        what: "DROP INDEX",
        kinds: &[Kind::Locks],
        remedy: "DROP INDEX CONCURRENTLY",
    },
    Danger {
        id: "PG03",
        what: "DROP INDEX whose queries still need it",
        kinds: &[Kind::Operates],
        remedy: "build the replacement first (rename old, build new, drop old)",
    },
    Danger {
        id: "PG04",
        what: "REINDEX",
        kinds: &[Kind::Locks],
        remedy: "REINDEX CONCURRENTLY",
    },
    Danger {
        id: "PG05",
        what: "CONCURRENTLY inside a transaction",
        kinds: &[Kind::Misleads],
        remedy: "separate non-transactional step",
    },
    Danger {
        id: "PG06",
        what: "IF NOT EXISTS on a CIC that failed before: succeeds over an INVALID index",
        kinds: &[Kind::Misleads],
        remedy: "look at indisvalid, never trust the name",
    },
    Danger {
        id: "PG07",
        what: "ADD FOREIGN KEY, validated",
        kinds: &[Kind::Locks],
        remedy: "NOT VALID, then VALIDATE in a later transaction",
    },
    Danger {
        id: "PG08",
        what: "ADD COLUMN with inline REFERENCES",
        kinds: &[Kind::Locks],
        remedy: "add column; then PG07",
    },
    Danger {
        id: "PG09",
        what: "CREATE TABLE with FK to a busy table",
        kinds: &[Kind::Locks],
        remedy: "create without, add FK with lock_timeout",
    },
    Danger {
        id: "PG10",
        what: "DROP CONSTRAINT of an FK; DROP TABLE that has FKs",
        kinds: &[Kind::Locks],
        remedy: "lock_timeout + retry; order locks by name on both tables",
    },
    Danger {
        id: "PG11",
        what: "FK column without index (slow delete/update on the parent)",
        kinds: &[Kind::Operates],
        remedy: "create the index in the same plan",
    },
    Danger {
        id: "PG12",
        what: "ADD CHECK, validated",
        kinds: &[Kind::Locks],
        remedy: "NOT VALID + VALIDATE",
    },
    Danger {
        id: "PG13",
        what: "ADD COLUMN with inline CHECK and constant default (scans)",
        kinds: &[Kind::Locks],
        remedy: "add column, then PG12",
    },
    Danger {
        id: "PG14",
        what: "VALIDATE in the same transaction as NOT VALID",
        kinds: &[Kind::Locks],
        remedy: "two transactions",
    },
    Danger {
        id: "PG15",
        what: "SET NOT NULL on an existing column",
        kinds: &[Kind::Locks, Kind::Misleads],
        remedy: "CHECK (c IS NOT NULL) NOT VALID -> backfill -> VALIDATE -> SET NOT NULL -> drop CHECK",
    },
    Danger {
        id: "PG16",
        what: "ADD COLUMN NOT NULL without default",
        kinds: &[Kind::Misleads, Kind::Breaks],
        remedy: "nullable -> backfill -> PG15, or constant default",
    },
    Danger {
        id: "PG17",
        what: "ADD COLUMN with volatile default",
        kinds: &[Kind::Rewrites],
        remedy: "add nullable; SET DEFAULT; backfill; PG15",
    },
    Danger {
        id: "PG18",
        what: "ADD COLUMN serial / IDENTITY",
        kinds: &[Kind::Rewrites],
        remedy: "nullable bigint + sequence default + backfill, or new table",
    },
    Danger {
        id: "PG19",
        what: "ADD COLUMN STORED generated",
        kinds: &[Kind::Rewrites],
        remedy: "plain column + trigger + backfill",
    },
    Danger {
        id: "PG20",
        what: "ADD COLUMN of a constrained domain; CREATE/ALTER DOMAIN with constraint",
        kinds: &[Kind::Rewrites, Kind::Locks],
        remedy: "put the CHECK on the table",
    },
    Danger {
        id: "PG21",
        what: "ADD UNIQUE / inline UNIQUE column",
        kinds: &[Kind::Locks, Kind::Misleads],
        remedy: "CREATE UNIQUE INDEX CONCURRENTLY, then USING INDEX; pre-check duplicates",
    },
    Danger {
        id: "PG22",
        what: "ADD PRIMARY KEY",
        kinds: &[Kind::Locks],
        remedy: "as PG21, columns already NOT NULL",
    },
    Danger {
        id: "PG23",
        what: "Non-unique -> unique index",
        kinds: &[Kind::Misleads],
        remedy: "duplicate probe before the plan is approved",
    },
    Danger {
        id: "PG24",
        what: "ADD EXCLUDE",
        kinds: &[Kind::Locks],
        remedy: "no online form: size limit or maintenance window",
    },
    Danger {
        id: "PG25",
        what: "ALTER COLUMN TYPE that rewrites",
        kinds: &[Kind::Rewrites, Kind::Breaks],
        remedy: "new column + dual write + backfill + switch + contract",
    },
    Danger {
        id: "PG26",
        what: "ALTER COLUMN TYPE that narrows (text->varchar(n), scale down)",
        kinds: &[Kind::Rewrites, Kind::Loses, Kind::Misleads],
        remedy: "probe rows that do not fit; expand/contract",
    },
    Danger {
        id: "PG27",
        what: "ALTER COLUMN TYPE that is free",
        kinds: &[],
        remedy: "allow; do *not* warn",
    },
    Danger {
        id: "PG28",
        what: "timestamp->timestamptz with session zone not UTC",
        kinds: &[Kind::Rewrites, Kind::Misleads],
        remedy: "set the zone in the step, or go through a new column",
    },
    Danger {
        id: "PG29",
        what: "DROP COLUMN",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "stop reading, release, stop writing, release, drop; keep a copy for N days",
    },
    Danger {
        id: "PG30",
        what: "DROP TABLE / SCHEMA / DATABASE",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "rename to a tombstone first, drop later",
    },
    Danger {
        id: "PG31",
        what: "TRUNCATE, TRUNCATE CASCADE",
        kinds: &[Kind::Loses, Kind::Locks],
        remedy: "batched DELETE; list the cascade",
    },
    Danger {
        id: "PG32",
        what: "DELETE/UPDATE without WHERE in a migration",
        kinds: &[Kind::Loses, Kind::Operates],
        remedy: "explicit predicate + batches",
    },
    Danger {
        id: "PG33",
        what: "RENAME column",
        kinds: &[Kind::Breaks],
        remedy: "new column + sync, or a view for the old version",
    },
    Danger {
        id: "PG34",
        what: "RENAME table / schema, SET SCHEMA",
        kinds: &[Kind::Breaks],
        remedy: "compatibility view under the old name",
    },
    Danger {
        id: "PG35",
        what: "RENAME constraint / index used in ON CONFLICT or in error mapping",
        kinds: &[Kind::Breaks],
        remedy: "keep both names for a release",
    },
    Danger {
        id: "PG36",
        what: "DROP NOT NULL (old readers crash on null)",
        kinds: &[Kind::Breaks],
        remedy: "readers first",
    },
    Danger {
        id: "PG37",
        what: "DROP DEFAULT (old writers omit the column)",
        kinds: &[Kind::Breaks],
        remedy: "writers first",
    },
    Danger {
        id: "PG38",
        what: "DROP CONSTRAINT (invariant lost)",
        kinds: &[Kind::Misleads],
        remedy: "name the replacement",
    },
    Danger {
        id: "PG39",
        what: "Enum: remove or reorder a value",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "new type + column, or lookup table",
    },
    Danger {
        id: "PG40",
        what: "Enum: rename a value",
        kinds: &[Kind::Breaks],
        remedy: "add new, accept both, backfill",
    },
    Danger {
        id: "PG41",
        what: "Enum: add a value without BEFORE/AFTER",
        kinds: &[Kind::Misleads],
        remedy: "state the position",
    },
    Danger {
        id: "PG42",
        what: "Enum: add a value and use it in one transaction",
        kinds: &[Kind::Misleads],
        remedy: "two transactions",
    },
    Danger {
        id: "PG43",
        what: "varchar(n), char, int keys, serial, timestamp without zone, json",
        kinds: &[Kind::Operates, Kind::Misleads],
        remedy: "text + CHECK, bigint, IDENTITY, timestamptz, jsonb",
    },
    Danger {
        id: "PG44",
        what: "Backfill in the DDL transaction, or in one statement",
        kinds: &[Kind::Locks, Kind::Operates],
        remedy: "keyset batches outside the DDL transaction, throttled, resumable, idempotent predicate",
    },
    Danger {
        id: "PG45",
        what: "More statements after taking ACCESS EXCLUSIVE",
        kinds: &[Kind::Locks],
        remedy: "one such action per transaction, last",
    },
    Danger {
        id: "PG46",
        what: "Several ALTERs on one table that each scan",
        kinds: &[Kind::Operates],
        remedy: "merge into one ALTER",
    },
    Danger {
        id: "PG47",
        what: "No lock_timeout",
        kinds: &[Kind::Locks],
        remedy: "SET lock_timeout 1-3 s + retry with jitter; statement_timeout by step kind",
    },
    Danger {
        id: "PG48",
        what: "Lock order across tables differs from the application's",
        kinds: &[Kind::Locks],
        remedy: "sort; smallest set per transaction",
    },
    Danger {
        id: "PG49",
        what: "ATTACH PARTITION without a matching CHECK",
        kinds: &[Kind::Locks],
        remedy: "add CHECK NOT VALID, validate, attach, drop CHECK",
    },
    Danger {
        id: "PG50",
        what: "DETACH PARTITION",
        kinds: &[Kind::Locks],
        remedy: "DETACH ... CONCURRENTLY",
    },
    Danger {
        id: "PG51",
        what: "REFRESH MATERIALIZED VIEW",
        kinds: &[Kind::Locks],
        remedy: "CONCURRENTLY with a unique index",
    },
    Danger {
        id: "PG52",
        what: "SET UNLOGGED/LOGGED, CLUSTER, VACUUM FULL",
        kinds: &[Kind::Rewrites],
        remedy: "copy and swap, or repack",
    },
    Danger {
        id: "PG53",
        what: "CREATE / DROP TRIGGER",
        kinds: &[Kind::Locks],
        remedy: "lock_timeout",
    },
    Danger {
        id: "PG54",
        what: "ENABLE RLS without a policy: default deny; DROP POLICY; DISABLE RLS; GRANT/REVOKE",
        kinds: &[Kind::Opens, Kind::Locks],
        remedy: "read it as a change of access: see what groma diff says of it",
    },
    Danger {
        id: "PG55",
        what: "Dropping or altering a table/column that a view, function or generated column uses",
        kinds: &[Kind::Misleads],
        remedy: "dependency graph from pg_depend; drop and recreate in the plan",
    },
    Danger {
        id: "PG56",
        what: "Identifier over 63 bytes (silently cut), unqualified names",
        kinds: &[Kind::Misleads],
        remedy: "refuse",
    },
    Danger {
        id: "PG57",
        what: "Non-idempotent step after which a crash cannot resume",
        kinds: &[Kind::Operates],
        remedy: "steps recorded one by one; each has a 'done?' probe",
    },
    Danger {
        id: "PG58",
        what: "Nested BEGIN/COMMIT, uncommitted transaction",
        kinds: &[Kind::Misleads],
        remedy: "the runner owns transactions",
    },
    Danger {
        id: "PG59",
        what: "Changing a checksum-covered file after apply",
        kinds: &[Kind::Operates],
        remedy: "hash what is run, not how it is written; plan a new migration instead of changing one that was applied",
    },
    Danger {
        id: "PG60",
        what: "New NOT NULL / CHECK / UNIQUE that existing rows violate",
        kinds: &[Kind::Misleads],
        remedy: "*count violating rows at plan time* and print the query",
    },
    Danger {
        id: "PG61",
        what: "Extension upgrade; untrackable function body",
        kinds: &[Kind::Operates],
        remedy: "explicit approval",
    },
    Danger {
        id: "PG62",
        what: "Contract step while the deployed API version still selects the column",
        kinds: &[Kind::Breaks],
        remedy: "apply the second migration once no server of the earlier release runs",
    },
];
