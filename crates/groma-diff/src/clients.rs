//! What clients notice: routes, parameters, bodies, answers and tokens.
//!
//! A request that was understood and is not any more, or an answer that holds what no client could expect, breaks;
//! everything else is compatible. What a request may hold may grow, what an answer holds may shrink to fewer values.

mod effects;
mod members;
mod query;
mod routes;
mod service;
mod states;
mod types;

use std::collections::BTreeMap;

use groma_ir::Model;

/// Whether a change breaks clients.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// A client that works may not work any more.
    Breaking,
    /// Every client that works still does.
    Compatible,
}

impl Grade {
    /// The grade in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
        }
    }
}

/// Something that clients notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientChange {
    /// Whether it breaks them.
    pub grade: Grade,
    /// What it is, as one sentence.
    pub text: String,
    /// The routes on which they notice, `GET /api/tasks`; none: on all of them.
    pub routes: Vec<String>,
}

/// Everything that clients notice, what breaks them first; what is the same on several routes is said once.
pub(crate) fn changes(old: &Model, new: &Model) -> Vec<ClientChange> {
    let mut log = Log::default();
    service::compare(old, new, &mut log);
    routes::compare(old, new, &mut log);
    states::compare(old, new, &mut log);
    effects::compare(old, new, &mut log);
    log.changes.sort_by_key(|change| change.grade);
    log.changes
}

/// Changes as they are found.
#[derive(Default)]
struct Log {
    changes: Vec<ClientChange>,
    /// Where each of them stands, so that it is said once.
    known: BTreeMap<(Grade, String, bool), usize>,
    /// The route that is being looked at.
    route: Option<String>,
}

impl Log {
    fn breaking(&mut self, text: impl Into<String>) {
        self.add(Grade::Breaking, text.into());
    }

    fn compatible(&mut self, text: impl Into<String>) {
        self.add(Grade::Compatible, text.into());
    }

    fn add(&mut self, grade: Grade, text: String) {
        let route = self.route.clone();
        let known = self.known.entry((grade, text.clone(), route.is_some()));
        let at = *known.or_insert(self.changes.len());
        match self.changes.get_mut(at) {
            // Routes are looked at one after the other.
            Some(known) if known.routes.last() != route.as_ref() => known.routes.extend(route),
            Some(_) => {}
            None => self.changes.push(ClientChange {
                grade,
                text,
                routes: route.into_iter().collect(),
            }),
        }
    }
}

/// What is in one list and not in the other, by name: gone, then new.
fn only_in<'n>(old: &'n [String], new: &'n [String]) -> (Vec<&'n String>, Vec<&'n String>) {
    let gone = old.iter().filter(|name| !new.contains(name)).collect();
    let added = new.iter().filter(|name| !old.contains(name)).collect();
    (gone, added)
}
