//! What a path lies below: which rows it names, and whether they are there for the caller.

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::design::{EntityId, Parent, Storage};
use groma_ir::http::{Operation, Problem};

use super::value::key_text;
use super::{RowId, Verdict, World};
use crate::call::{Below, Call, Key};
use crate::tokens::Identity;

/// A parent that a path names.
struct Link {
    /// The row, where it is one that the verifier made.
    row: Option<RowId>,
    key: Json,
    /// How the path spells it.
    text: String,
}

impl World<'_> {
    /// What the path of a call holds for each of the rows that it lies below, in order.
    pub(crate) fn parent_texts(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Vec<String> {
        let mut texts: Vec<String> = self
            .links(call, who, now)
            .into_iter()
            .map(|link| link.text)
            .collect();
        texts.reverse();
        texts
    }

    /// The key of the nearest parent, if all of them are there for the caller.
    pub(super) fn parent_key(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Option<Json> {
        let links = self.links(call, who, now);
        let parents = self.model.http.routes[call.route].path.parents().rev();
        let mut all = parents.zip(&links);
        let is_there = all.all(|(parent, link)| self.is_there(parent.entity, link, who, now));
        is_there
            .then(|| links.into_iter().next().map(|link| link.key))
            .flatten()
    }

    /// Rows that a call could lie below, those that the caller may read.
    pub(crate) fn readable_parents(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Vec<Below> {
        let route = &self.model.http.routes[call.route];
        let Some(parent) = route.path.parents().next_back() else {
            return Vec::new();
        };
        if self.is_elsewhere(parent.entity) {
            let own = who.map(|who| Below::Key(self.caller_key(&who.subject)));
            return own.into_iter().collect();
        }
        let rows = self.alive(parent.entity).map(|(row, _)| Below::Row(row));
        rows.filter(|below| {
            let call = Call {
                below: below.clone(),
                ..call.clone()
            };
            self.parent_key(&call, who, now).is_some()
        })
        .collect()
    }

    /// The parents that a call names, the nearest first.
    fn links(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        let mut below = self.named_below(call, who, now);
        let mut parents = self.model.http.routes[call.route].path.parents().rev().peekable();
        while let Some(parent) = parents.next() {
            let link = self.link(parent, &below);
            // What is above a row follows from it; above none, any that can be read.
            below = match (link.row, parents.peek()) {
                (Some(row), Some(above)) => Below::Key(self.row(row).cell(above.field).clone()),
                (None, Some(above)) => {
                    let mut rows = self.alive(above.entity).map(|(row, _)| row);
                    let found = rows.find(|row| self.may_read(*row, who, now));
                    found.map_or_else(|| Below::Missing(nowhere()), Below::Row)
                }
                (_, None) => Below::Usual,
            };
            links.push(link);
        }
        links
    }

    fn link(&self, parent: &Parent, below: &Below) -> Link {
        let row = match below {
            Below::Row(row) => Some(*row),
            Below::Key(key) => self.find(parent.entity, key),
            Below::Missing(_) | Below::Usual => None,
        };
        match (row, below) {
            (Some(row), _) => Link {
                row: Some(row),
                key: self.key(row).clone(),
                text: key_text(self.row(row).cell(parent.by)),
            },
            (None, Below::Key(key)) if !key.is_null() => Link {
                row: None,
                key: key.clone(),
                text: key_text(key),
            },
            (None, Below::Missing(text)) => Link {
                row: None,
                key: Json::Null,
                text: text.clone(),
            },
            (None, Below::Key(_) | Below::Row(_) | Below::Usual) => Link {
                row: None,
                key: Json::Null,
                text: nowhere(),
            },
        }
    }

    /// The nearest parent that a call names: where it does not say, that of its row, or one below which there is most
    /// to see or to do.
    fn named_below(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Below {
        let route = &self.model.http.routes[call.route];
        let Some(parent) = route.path.parents().next_back() else {
            return Below::Usual;
        };
        if call.below != Below::Usual {
            return call.below.clone();
        }
        if let Key::Row(row) = call.key {
            return Below::Key(self.row(row).cell(parent.field).clone());
        }
        let all = self.readable_parents(call, who, now);
        let at = |below: &Below| Call {
            below: below.clone(),
            ..call.clone()
        };
        let best = match route.operation {
            Operation::Replace if route.made.is_some() => {
                all.iter().find(|below| self.is_fine(&at(below), who, now))
            }
            Operation::Create => all.iter().find(|below| self.is_fine(&at(below), who, now)),
            Operation::List | Operation::Report(_) => {
                let seen = |below: &&Below| self.listed(&at(below), who, now).len();
                all.iter().rev().max_by_key(seen)
            }
            Operation::Get
            | Operation::Update
            | Operation::Replace
            | Operation::Delete
            | Operation::Action(_) => None,
        };
        let any = || self.alive(parent.entity).map(|(row, _)| Below::Row(row)).next();
        best.or(all.first())
            .cloned()
            .or_else(any)
            .unwrap_or_else(|| Below::Missing(nowhere()))
    }

    /// Whether nothing that another parent would mend stands in the way of a call.
    fn is_fine(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> bool {
        !matches!(
            self.decide(call, who, now).verdict,
            Verdict::Refused {
                problem: Problem::Forbidden | Problem::NotFound | Problem::Conflict,
                ..
            }
        )
    }

    fn is_there(&self, entity: EntityId, link: &Link, who: Option<&Identity>, now: Timestamp) -> bool {
        match link.row {
            Some(row) => self.may_read(row, who, now),
            None => self.is_elsewhere(entity) && !self.knows_callers && !link.key.is_null(),
        }
    }

    /// Whether the rows are somebody else's: the verifier makes none.
    fn is_elsewhere(&self, entity: EntityId) -> bool {
        self.design().entities[entity].storage != Storage::Managed
    }
}

/// What no row is named by.
fn nowhere() -> String {
    String::from("00000000-0000-7000-8000-000000000000")
}
