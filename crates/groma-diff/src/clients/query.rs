//! Query parameters.

use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::design::FieldId;
use groma_ir::http::{Param, ParamKind, Route};

use super::members::{Way, value};
use super::{Log, only_in};

/// A route and the model that it is in.
#[derive(Clone, Copy)]
pub(super) struct Side<'m> {
    pub(super) model: &'m Model,
    pub(super) route: &'m Route,
}

impl Side<'_> {
    fn names(self, fields: &[FieldId]) -> Vec<String> {
        let declared = &self.model.design.entities[self.route.entity].fields;
        fields.iter().map(|id| declared[*id].name.clone()).collect()
    }
}

pub(super) fn compare(old: Side<'_>, new: Side<'_>, log: &mut Log) {
    let names = |side: Side<'_>| -> BTreeSet<String> {
        let params = side.route.query.iter();
        params.map(|param| param.name.clone()).collect()
    };
    let (was, is) = (names(old), names(new));
    for param in &old.route.query {
        let other = new.route.query.iter().find(|other| other.name == param.name);
        let base = base(&param.name);
        match other {
            // Of `due` and `due__gte` the first says it for both.
            Some(other) if base.is_none_or(|base| !was.contains(base) || !is.contains(base)) => {
                one((old, param), (new, other), log);
            }
            None if base.is_none_or(|base| !was.contains(base) || is.contains(base)) => {
                log.breaking(format!("the parameter `{}` is gone", param.name));
            }
            Some(_) | None => {}
        }
    }
    for name in is.difference(&was) {
        if base(name).is_none_or(|base| !is.contains(base) || was.contains(base)) {
            log.compatible(format!("the parameter `{name}` is new"));
        }
    }
}

/// The parameter that another one is a form of: `due` of `due__gte`.
fn base(name: &str) -> Option<&str> {
    name.split_once("__").map(|(base, _)| base)
}

fn one((old_in, old): (Side<'_>, &Param), (new_in, new): (Side<'_>, &Param), log: &mut Log) {
    let name = &old.name;
    match (&old.kind, &new.kind) {
        (ParamKind::Filter { ty, .. }, ParamKind::Filter { ty: new_ty, .. }) => {
            // What follows its name says how it compares.
            let name = format!("the parameter `{name}`");
            let (old, new) = ((&old_in.model.design, ty), (&new_in.model.design, new_ty));
            value(old, new, Way::In, &name, log);
        }
        (
            ParamKind::Named { values, .. },
            ParamKind::Named {
                values: new_values, ..
            },
        ) => {
            names((values, new_values), name, log);
        }
        (ParamKind::Search { fields }, ParamKind::Search { fields: new_fields }) => {
            let (was, is) = (old_in.names(fields), new_in.names(new_fields));
            let (gone, added) = only_in(&was, &is);
            for field in gone {
                log.breaking(format!("`{name}` does not search `{field}`"));
            }
            for field in added {
                log.compatible(format!("`{name}` searches `{field}` too"));
            }
        }
        (
            ParamKind::Sort { fields, default },
            ParamKind::Sort {
                fields: new_fields,
                default: new_default,
            },
        ) => {
            names((&firsts(fields), &firsts(new_fields)), name, log);
            if default != new_default {
                log.breaking(format!(
                    "rows come by `{new_default}` unasked, not by `{default}`"
                ));
            }
        }
        (
            ParamKind::Limit { default, max },
            ParamKind::Limit {
                default: new_default,
                max: new_max,
            },
        ) => {
            if new_max < max {
                log.breaking(format!("`{name}` is {new_max} at most, not {max}"));
            } else if new_max > max {
                log.compatible(format!("`{name}` may be {new_max}, not only {max}"));
            }
            if default != new_default {
                log.breaking(format!("a page has {new_default} rows unasked, not {default}"));
            }
        }
        (ParamKind::Include { references }, ParamKind::Include { references: new }) => {
            names((&firsts(references), &firsts(new)), name, log);
        }
        // What can be asked for is what the answer holds, and said there.
        (ParamKind::Fields { .. }, ParamKind::Fields { .. })
        | (ParamKind::Cursor, ParamKind::Cursor)
        | (ParamKind::Offset, ParamKind::Offset)
        | (ParamKind::Count, ParamKind::Count) => {}
        (
            ParamKind::Filter { .. }
            | ParamKind::Named { .. }
            | ParamKind::Search { .. }
            | ParamKind::Sort { .. }
            | ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. },
            _,
        ) => log.breaking(format!("the parameter `{name}` means something else")),
    }
}

fn names((old, new): (&[String], &[String]), name: &str, log: &mut Log) {
    let (gone, added) = only_in(old, new);
    for value in gone {
        log.breaking(format!("`{name}={value}` is gone"));
    }
    for value in added {
        log.compatible(format!("`{name}={value}` is new"));
    }
}

fn firsts<T>(pairs: &[(String, T)]) -> Vec<String> {
    pairs.iter().map(|(name, _)| name.clone()).collect()
}
