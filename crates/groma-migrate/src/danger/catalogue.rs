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

/// What is said of each at length, a section for each.
const PAGES: &str = include_str!("pages.md");

impl Danger {
    /// Which lock it takes, what was measured, and the statements that are safe.
    pub fn page(&self) -> &'static str {
        let mut sections = PAGES.split("\n## ").skip(1);
        let page = sections.find_map(|section| section.strip_prefix(self.id)?.strip_prefix('\n'));
        page.unwrap_or_default().trim()
    }
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Locks => "others wait for it",
            Self::Rewrites => "the table is written anew",
            Self::Loses => "rows or values are gone",
            Self::Breaks => "the release that still runs cannot work with what it leaves",
            Self::Misleads => "it does not do what it seems to",
            Self::Operates => "whoever runs the database has more to do, or to wait for",
            Self::Opens => "somebody may read or write more, or less, than before",
        }
    }
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
        what: "an index is made on a table that is in use",
        kinds: &[Kind::Locks],
        remedy: "make it with `CONCURRENTLY`, in a step of its own; where that failed, drop the index that it left before making it again",
    },
    Danger {
        id: "PG02",
        what: "an index is dropped",
        kinds: &[Kind::Locks],
        remedy: "drop it with `DROP INDEX CONCURRENTLY`",
    },
    Danger {
        id: "PG03",
        what: "an index is dropped that queries still go by",
        kinds: &[Kind::Operates],
        remedy: "make the index that takes its place before this one is dropped",
    },
    Danger {
        id: "PG04",
        what: "an index is built anew",
        kinds: &[Kind::Locks],
        remedy: "build it anew with `REINDEX CONCURRENTLY`",
    },
    Danger {
        id: "PG05",
        what: "something `CONCURRENTLY` stands in a transaction, where Postgres refuses it",
        kinds: &[Kind::Misleads],
        remedy: "give it a step of its own, with `-- run: outside of transactions`",
    },
    Danger {
        id: "PG06",
        what: "an index is made only where none has its name, though one that failed halfway has it too",
        kinds: &[Kind::Misleads],
        remedy: "ask whether the index is valid, and drop it first where it is not",
    },
    Danger {
        id: "PG07",
        what: "a foreign key is added and looked at in one go",
        kinds: &[Kind::Locks],
        remedy: "add it as `NOT VALID`, and let a later transaction validate it",
    },
    Danger {
        id: "PG08",
        what: "a column is added together with its foreign key",
        kinds: &[Kind::Locks],
        remedy: "add the column alone, and the foreign key as `NOT VALID` after it",
    },
    Danger {
        id: "PG09",
        what: "a table is made that points at one in use",
        kinds: &[Kind::Locks],
        remedy: "make it without its foreign key, and add that in a step that does not wait long for its lock",
    },
    Danger {
        id: "PG10",
        what: "it locks two tables at once",
        kinds: &[Kind::Locks],
        remedy: "let it wait only briefly for its locks and try again, or run it when few requests come",
    },
    Danger {
        id: "PG11",
        what: "a foreign key has no index of its own",
        kinds: &[Kind::Operates],
        remedy: "add an index on its columns to the design, as with `index owner`",
    },
    Danger {
        id: "PG12",
        what: "a check is added and looked at in one go",
        kinds: &[Kind::Locks],
        remedy: "add it as `NOT VALID`, and let a later transaction validate it",
    },
    Danger {
        id: "PG13",
        what: "a column is added together with a check, so that all rows are read",
        kinds: &[Kind::Locks],
        remedy: "add the column alone, and the check as `NOT VALID` after it",
    },
    Danger {
        id: "PG14",
        what: "a constraint is validated in the transaction that adds it",
        kinds: &[Kind::Locks],
        remedy: "validate it in a transaction of its own",
    },
    Danger {
        id: "PG15",
        what: "a column that is there must have a value from now on",
        kinds: &[Kind::Locks, Kind::Misleads],
        remedy: "add a check `IS NOT NULL` as `NOT VALID`, fill what is empty, validate it, and only then set `NOT NULL`",
    },
    Danger {
        id: "PG16",
        what: "a column without a default must have a value at once",
        kinds: &[Kind::Misleads, Kind::Breaks],
        remedy: "give it a default, or let it be empty first, fill it, and want a value afterwards",
    },
    Danger {
        id: "PG17",
        what: "a column is added whose default differs from row to row",
        kinds: &[Kind::Rewrites],
        remedy: "add it without one, set the default, and fill the rows that are there in batches",
    },
    Danger {
        id: "PG18",
        what: "a column is added that numbers the rows that are there",
        kinds: &[Kind::Rewrites],
        remedy: "add a plain `bigint`, fill it in batches, and let it count up after that; or run this when few requests come",
    },
    Danger {
        id: "PG19",
        what: "a column is added that is computed and stored",
        kinds: &[Kind::Rewrites],
        remedy: "add a plain column, keep it up to date with a trigger, and fill the rows that are there in batches",
    },
    Danger {
        id: "PG20",
        what: "a column's domain has a constraint, which looks at every row",
        kinds: &[Kind::Rewrites, Kind::Locks],
        remedy: "put the constraint on the table as a check",
    },
    Danger {
        id: "PG21",
        what: "a unique constraint is added to a table in use",
        kinds: &[Kind::Locks, Kind::Misleads],
        remedy: "make a unique index with `CONCURRENTLY`, and make that the constraint with `USING INDEX`",
    },
    Danger {
        id: "PG22",
        what: "a primary key is added to a table in use",
        kinds: &[Kind::Locks],
        remedy: "make a unique index with `CONCURRENTLY` on columns that are `NOT NULL`, and make that the key with `USING INDEX`",
    },
    Danger {
        id: "PG23",
        what: "an index becomes a unique one",
        kinds: &[Kind::Misleads],
        remedy: "look for rows that share a value first, and change or remove them",
    },
    Danger {
        id: "PG24",
        what: "an exclusion constraint is added to a table in use",
        kinds: &[Kind::Locks],
        remedy: "run it when few requests come: there is no way to add it that lets others write",
    },
    Danger {
        id: "PG25",
        what: "a column's type changes so that the table is written anew",
        kinds: &[Kind::Rewrites, Kind::Breaks],
        remedy: "add a second column that a trigger keeps in step, fill it in batches, and let it take the place of the first one, which goes in a later release; until that runs, see that the release before can read and write the new type",
    },
    Danger {
        id: "PG26",
        what: "a column's type takes less than before",
        kinds: &[Kind::Rewrites, Kind::Loses, Kind::Misleads],
        remedy: "look at the rows that its step counts, change them first, and keep a copy of what you may need again",
    },
    Danger {
        id: "PG27",
        what: "a column's type takes more than before, and no row is looked at",
        kinds: &[],
        remedy: "nothing has to be done",
    },
    Danger {
        id: "PG28",
        what: "times without a zone get one, which is that of the session",
        kinds: &[Kind::Rewrites, Kind::Misleads],
        remedy: "say in the step which zone they are in, with `AT TIME ZONE`",
    },
    Danger {
        id: "PG29",
        what: "a column is dropped",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "apply it once no server of the release before runs, and keep a copy of the values that you may need again",
    },
    Danger {
        id: "PG30",
        what: "a table is dropped",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "apply it once no server of the release before runs, and keep a copy of the rows that you may need again",
    },
    Danger {
        id: "PG31",
        what: "every row of a table is removed",
        kinds: &[Kind::Loses, Kind::Locks],
        remedy: "delete the rows that are meant in batches, and look first at which tables follow",
    },
    Danger {
        id: "PG32",
        what: "every row of a table is changed or removed",
        kinds: &[Kind::Loses, Kind::Operates],
        remedy: "say with `WHERE` which rows are meant, and take them in batches",
    },
    Danger {
        id: "PG33",
        what: "a column is renamed",
        kinds: &[Kind::Breaks],
        remedy: "stop the servers of the release before while it is applied; or add a second column, write both, and drop the first one in a later release",
    },
    Danger {
        id: "PG34",
        what: "a table is renamed, or moved to another schema",
        kinds: &[Kind::Breaks],
        remedy: "stop the servers of the release before while it is applied, or leave a view under the old name",
    },
    Danger {
        id: "PG35",
        what: "a constraint or an index is renamed whose name is looked at",
        kinds: &[Kind::Breaks],
        remedy: "nothing is lost: until the new release runs, whoever breaks it may get a less telling answer",
    },
    Danger {
        id: "PG36",
        what: "a column may be empty from now on",
        kinds: &[Kind::Breaks],
        remedy: "see that the release that runs can read rows in which it is empty",
    },
    Danger {
        id: "PG37",
        what: "a column has no default from now on",
        kinds: &[Kind::Breaks],
        remedy: "see that the release that runs writes a value for it, or put this off until that has ended",
    },
    Danger {
        id: "PG38",
        what: "a constraint is dropped",
        kinds: &[Kind::Misleads],
        remedy: "see that something else holds what it held, or that nothing has to",
    },
    Danger {
        id: "PG39",
        what: "a value of an enum goes, or moves",
        kinds: &[Kind::Loses, Kind::Breaks],
        remedy: "write another value to the rows that have it first, and take it away in a later release",
    },
    Danger {
        id: "PG40",
        what: "a value of an enum is renamed",
        kinds: &[Kind::Breaks],
        remedy: "let both be taken until the release before has ended; rows that it writes meanwhile are changed by the second migration",
    },
    Danger {
        id: "PG41",
        what: "a value is added to an enum without a place in its order",
        kinds: &[Kind::Misleads],
        remedy: "say where it stands, with `BEFORE` or `AFTER`",
    },
    Danger {
        id: "PG42",
        what: "a value is added to an enum and used in one transaction",
        kinds: &[Kind::Misleads],
        remedy: "use it in a later transaction",
    },
    Danger {
        id: "PG43",
        what: "a type is used that has a better one beside it",
        kinds: &[Kind::Operates, Kind::Misleads],
        remedy: "use `text` with a check, `bigint`, identity columns, `timestamptz` and `jsonb`",
    },
    Danger {
        id: "PG44",
        what: "many rows are written in one transaction",
        kinds: &[Kind::Locks, Kind::Operates],
        remedy: "write them in batches, each in a transaction of its own that can be repeated",
    },
    Danger {
        id: "PG45",
        what: "more is done while everybody is locked out of a table",
        kinds: &[Kind::Locks],
        remedy: "put what locks everybody out last in its transaction, and only one such statement into it",
    },
    Danger {
        id: "PG46",
        what: "a table is read once for each of several changes",
        kinds: &[Kind::Operates],
        remedy: "do them in one `ALTER TABLE`",
    },
    Danger {
        id: "PG47",
        what: "a lock is waited for without an end, and everybody behind it waits too",
        kinds: &[Kind::Locks],
        remedy: "set `lock_timeout` to a second or two, and try again when it runs out",
    },
    Danger {
        id: "PG48",
        what: "tables are locked in another order than requests lock them",
        kinds: &[Kind::Locks],
        remedy: "lock as few tables in a transaction as can be, always in the same order",
    },
    Danger {
        id: "PG49",
        what: "a partition is attached whose rows have to be looked at",
        kinds: &[Kind::Locks],
        remedy: "give it a check that says the same, validate that, attach it, and drop the check",
    },
    Danger {
        id: "PG50",
        what: "a partition is detached",
        kinds: &[Kind::Locks],
        remedy: "detach it with `CONCURRENTLY`",
    },
    Danger {
        id: "PG51",
        what: "a materialized view is refreshed",
        kinds: &[Kind::Locks],
        remedy: "give it a unique index, and refresh it with `CONCURRENTLY`",
    },
    Danger {
        id: "PG52",
        what: "a table is written anew as a whole",
        kinds: &[Kind::Rewrites],
        remedy: "copy its rows into a new table in batches and swap the two, or run it when few requests come",
    },
    Danger {
        id: "PG53",
        what: "a trigger is made or dropped",
        kinds: &[Kind::Locks],
        remedy: "let it wait only briefly for its lock, and try again",
    },
    Danger {
        id: "PG54",
        what: "who may see or change rows is another matter",
        kinds: &[Kind::Opens, Kind::Locks],
        remedy: "read it as a change of access: see what `groma diff` says of it",
    },
    Danger {
        id: "PG55",
        what: "something is dropped or changed that a view, a function or another column is made of",
        kinds: &[Kind::Misleads],
        remedy: "drop what is made of it first, and make that again afterwards in the same migration",
    },
    Danger {
        id: "PG56",
        what: "a name is longer than Postgres keeps, or does not say its schema",
        kinds: &[Kind::Misleads],
        remedy: "use names of at most 63 bytes, with their schema",
    },
    Danger {
        id: "PG57",
        what: "a step cannot be run again after it broke off halfway",
        kinds: &[Kind::Operates],
        remedy: "say with `-- done:` how to see that it was done, and make it one that can be repeated",
    },
    Danger {
        id: "PG58",
        what: "a transaction is started or ended inside of a migration",
        kinds: &[Kind::Misleads],
        remedy: "leave that out: steps are run in transactions already, as `-- run:` says",
    },
    Danger {
        id: "PG59",
        what: "a migration is changed that was applied",
        kinds: &[Kind::Operates],
        remedy: "plan a new one, and leave the one that was applied as it was",
    },
    Danger {
        id: "PG60",
        what: "rows that are there break something new",
        kinds: &[Kind::Misleads],
        remedy: "look for such rows with the query that the step's `-- count:` line says, and change or remove them before it is applied",
    },
    Danger {
        id: "PG61",
        what: "an extension is updated, or a function is changed that cannot be looked into",
        kinds: &[Kind::Operates],
        remedy: "read what changes with it, and try it on a copy of the database first",
    },
    Danger {
        id: "PG62",
        what: "something is taken away that the release that runs still reads",
        kinds: &[Kind::Breaks],
        remedy: "apply the second migration once no server of the earlier release runs",
    },
];
