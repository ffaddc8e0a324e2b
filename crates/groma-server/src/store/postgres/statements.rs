//! Statements that one connection keeps prepared.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_postgres::Statement;

/// The most that one connection keeps: callers choose filters, and must not choose how much the server remembers.
const MOST: usize = 256;

/// Statements by their text, those that were not used for the longest time given up first.
#[derive(Default, Debug)]
pub(super) struct Statements {
    kept: HashMap<Arc<str>, Kept>,
    uses: u64,
}

#[derive(Debug)]
struct Kept {
    statement: Statement,
    used: u64,
}

impl Statements {
    pub(super) fn get(&mut self, text: &str) -> Option<Statement> {
        self.uses += 1;
        let kept = self.kept.get_mut(text)?;
        kept.used = self.uses;
        Some(kept.statement.clone())
    }

    pub(super) fn keep(&mut self, text: Arc<str>, statement: Statement) {
        if self.kept.len() >= MOST {
            self.give_up_some();
        }
        self.uses += 1;
        let used = self.uses;
        self.kept.insert(text, Kept { statement, used });
    }

    /// Gives up the older half, so that this is done seldom.
    fn give_up_some(&mut self) {
        let mut uses: Vec<u64> = self.kept.values().map(|kept| kept.used).collect();
        uses.sort_unstable();
        let newer = uses.get(uses.len() / 2).copied().unwrap_or_default();
        self.kept.retain(|_, kept| kept.used >= newer);
    }
}
