//! What the rules of a request look at: the row before and after, as often as they are asked.

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::access::Pred;
use groma_ir::http::Operation;

use super::decide::Case;
use super::{RowId, World};
use crate::call::{Call, Key};
use crate::tokens::Identity;

/// What the rules of a request look at.
#[derive(Clone, Debug)]
pub(crate) struct Images<'m> {
    /// The rules, all of which must hold each time.
    pub(crate) rules: Vec<&'m Pred>,
    /// The row as `This` and as `New`, once for each time that they are asked.
    pub(crate) times: Vec<(Vec<Json>, Vec<Json>)>,
}

impl<'m> World<'m> {
    /// What the rules of a call look at; none where something else decides before them.
    pub(crate) fn images(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Option<Images<'m>> {
        let route = &self.model.http.routes[call.route];
        let access = self.model.access.of(route.entity);
        let case = Case {
            world: self,
            call,
            route,
            who,
            now,
        };
        if case
            .refuse_references()
            .or_else(|| case.refuse_parent())
            .is_some()
        {
            return None;
        }
        let row = match call.key {
            _ if route.made.is_some() => case.seen_row(),
            Key::Row(row) => Some(row).filter(|row| self.row(*row).alive),
            Key::None | Key::Missing(_) => None,
        };
        let cells = |row: RowId| self.row(row).cells.clone();
        let still = |cells: Vec<Json>| vec![(cells.clone(), cells)];
        Some(match route.operation {
            Operation::Get => Images {
                rules: vec![&access.read],
                times: still(cells(row?)),
            },
            Operation::Delete => Images {
                rules: vec![&access.delete],
                times: still(cells(row?)),
            },
            _ if case.is_making() => {
                let (row, written) = case.created();
                Images {
                    rules: access.create.required(&written),
                    times: still(row),
                }
            }
            Operation::Update | Operation::Replace => {
                let row = row?;
                let written = case.written();
                let after = case.settle(&case.changed(row, &written));
                Images {
                    rules: access.update.required(&written),
                    times: vec![(cells(row), after.clone()), (after.clone(), after)],
                }
            }
            Operation::Action(action) => {
                let row = row?;
                let after = case.after_action(row, action);
                Images {
                    rules: vec![access.action(action)],
                    times: vec![(cells(row), after)],
                }
            }
            Operation::Create | Operation::List | Operation::Report(_) => return None,
        })
    }
}
