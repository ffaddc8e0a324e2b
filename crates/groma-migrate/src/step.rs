//! One step of a migration: what is run, what it costs whom, how to see that it was done, and how it is undone.

use std::fmt;

use crate::op::Op;

/// One step of a migration.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// What it does, in plain words.
    pub title: String,
    /// Its statements, in order.
    pub sql: Vec<String>,
    /// How they are run.
    pub run: Run,
    /// The strongest lock on each table that is there already.
    pub locks: Vec<Lock>,
    /// What it costs.
    pub cost: Cost,
    /// The dangers that it goes around by how it is done, by their numbers in the catalogue.
    pub avoids: Vec<&'static str>,
    /// Why it is done in this way, where there is another one.
    pub way: Option<String>,
    /// How many rows the table has, as far as that is known.
    pub rows: Option<u64>,
    /// What is gone when it is done, whatever is undone.
    pub lost: Vec<String>,
    /// How it is undone.
    pub undo: Undo,
    /// A query that answers `true` once its effect is there.
    pub done: Option<String>,
    /// What rows must not be there for it to succeed.
    pub obstacles: Vec<Obstacle>,
    /// What it does to a model of the schema.
    pub ops: Vec<Op>,
}

/// How the statements of a step are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// In one transaction with the other steps of this number.
    Together(u32),
    /// Outside of any transaction.
    Alone,
    /// The one statement again and again, each time in a transaction of its own. `$1` is the key that the time before
    /// answered, as text, and at first nothing; behind it it may say how many rows it wrote. When it answers no row, one pass is over; passes are made until
    /// [`Step::done`] is true.
    Batches,
}

impl Run {
    /// As files say it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Together(number) => format!("in transaction {number}"),
            Self::Alone => String::from("outside of transactions"),
            Self::Batches => String::from("in batches"),
        }
    }

    /// What is said so.
    pub(crate) fn from_words(text: &str) -> Option<Self> {
        match text.trim() {
            "outside of transactions" => Some(Self::Alone),
            "in batches" => Some(Self::Batches),
            text => Some(Self::Together(
                text.strip_prefix("in transaction ")?.parse().ok()?,
            )),
        }
    }
}

/// How a step is undone.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Undo {
    /// The statements, run as those of the step are, but for batches in one transaction; none where nothing is to be undone, or nothing can be.
    pub sql: Vec<String>,
    /// What does not come back, or goes.
    pub lost: Vec<String>,
    /// What it does to a model of the schema.
    pub ops: Vec<Op>,
}

/// A lock on a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lock {
    /// The table.
    pub table: String,
    /// What it keeps others from.
    pub mode: LockMode,
}

/// The table locks of Postgres that migrations take, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LockMode {
    /// Keeps nobody from reading or writing.
    RowShare,
    /// That of those who write.
    RowExclusive,
    /// Keeps others from changing the table's form.
    ShareUpdateExclusive,
    /// Keeps others from writing.
    Share,
    /// Keeps others from writing, and from the same.
    ShareRowExclusive,
    /// Keeps everybody out.
    AccessExclusive,
}

/// What a step costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cost {
    /// Milliseconds, once its locks are granted.
    Metadata,
    /// Reads the rows while others read and write.
    OnlineScan,
    /// Writes rows in small transactions.
    Batched,
    /// Reads the rows while others wait.
    ScanUnderLock,
    /// Writes the whole table while others wait.
    Rewrite,
}

/// Rows that would make a step fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Obstacle {
    /// What they break, in plain words.
    pub what: String,
    /// Counts them: one row, one number.
    pub count: String,
    /// Shows some of them.
    pub show: String,
}

impl LockMode {
    /// As Postgres calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether others cannot write meanwhile.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }
}

impl Cost {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::OnlineScan => "reads the table while others write",
            Self::Batched => "writes rows in batches",
            Self::ScanUnderLock => "reads the table while others wait",
            Self::Rewrite => "rewrites the table while others wait",
        }
    }

    /// The cost of these words.
    pub fn from_words(words: &str) -> Option<Self> {
        let all = [
            Self::Metadata,
            Self::OnlineScan,
            Self::Batched,
            Self::ScanUnderLock,
            Self::Rewrite,
        ];
        all.into_iter().find(|cost| cost.words() == words)
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} on {}", self.mode.name(), self.table)
    }
}
