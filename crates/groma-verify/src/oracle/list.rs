//! Lists: which rows a caller sees, which of them a query keeps, and in which order.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::design::{Cond, EntityId, FieldId, List, NamedFilter, ResourceId, Type};
use groma_ir::http::Operator;

use super::cond::{Scene, holds_cond};
use super::value::{compare, equal};
use super::{RowId, World};
use crate::call::{Ask, Call, Filter};
use crate::tokens::Identity;

impl World<'_> {
    /// The rows that a list or a report is about, in the order that the query asks for.
    pub(super) fn listed(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Vec<RowId> {
        let route = &self.model.http.routes[call.route];
        let parent = route.path.parents().next_back();
        let above = self.parent_key(call, who, now);
        let is_below =
            |row: &super::Row| parent.is_none_or(|parent| above.as_ref() == Some(row.cell(parent.field)));
        let mut rows: Vec<RowId> = self
            .alive(route.entity)
            .filter(|(_, row)| is_below(row))
            .map(|(id, _)| id)
            .filter(|row| self.may_read(*row, who, now))
            .filter(|row| matches_filters(self, route.resource, *row, &call.ask, who, now))
            .collect();
        let sort = effective_sort(self, route.resource, &call.ask);
        rows.sort_by(|a, b| self.order(route.entity, &sort, *a, *b));
        rows
    }

    /// The order of two rows: nulls last whichever way a term goes, the key last.
    fn order(&self, entity: EntityId, sort: &[(FieldId, bool)], a: RowId, b: RowId) -> Ordering {
        let key = self.design().entities[entity].key;
        let last = sort.last().is_some_and(|(_, descending)| *descending);
        let terms = sort.iter().copied().chain(std::iter::once((key, last)));
        let (a, b) = (self.row(a), self.row(b));
        terms
            .map(|(field, descending)| {
                self.order_by(self.ty(entity, field), descending, a.cell(field), b.cell(field))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn order_by(&self, ty: &Type, descending: bool, a: &Json, b: &Json) -> Ordering {
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let order = compare(self.design(), Some(ty), a, b).unwrap_or(Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
        }
    }
}

/// The order that a query asks for, or the list's own.
fn effective_sort(world: &World<'_>, resource: ResourceId, ask: &Ask) -> Vec<(FieldId, bool)> {
    if !ask.sort.is_empty() {
        return ask.sort.clone();
    }
    let list = world.design().resources[resource].list.as_ref();
    let first = list.and_then(|list| list.sort.first());
    first
        .map(|sort| (sort.field, sort.descending))
        .into_iter()
        .collect()
}

/// Whether a query keeps a row.
pub(crate) fn matches_filters(
    world: &World<'_>,
    resource: ResourceId,
    row: RowId,
    ask: &Ask,
    who: Option<&Identity>,
    now: Timestamp,
) -> bool {
    let list = world.design().resources[resource].list.as_ref();
    let named = list.map(|list| list.named.as_slice()).unwrap_or_default();
    let scene = Scene::of(world, who, now, row);
    ask.filters.iter().all(|filter| keeps(scene, named, row, filter))
        && ask
            .search
            .as_ref()
            .is_none_or(|words| finds(world, list, row, words))
}

fn keeps(scene: Scene<'_>, named: &[NamedFilter], row: RowId, filter: &Filter) -> bool {
    match filter {
        Filter::Named { filter, option, .. } => {
            let option = named.get(*filter).and_then(|filter| filter.options.get(*option));
            let when: Option<&Cond> = option.and_then(|option| option.when.as_ref());
            when.is_none_or(|when| holds_cond(scene, when))
        }
        Filter::Field {
            field,
            operator,
            ty,
            values,
            ..
        } => {
            let cell = scene.world.row(row).cell(*field);
            keeps_value(scene.world, ty, *operator, cell, values)
        }
    }
}

fn keeps_value(world: &World<'_>, ty: &Type, operator: Operator, cell: &Json, values: &[Json]) -> bool {
    let design = world.design();
    let first = values.first().unwrap_or(&Json::Null);
    let is_any = |cell: &Json| {
        values
            .iter()
            .any(|value| equal(design, Some(ty), cell, value) == Some(true))
    };
    let order = || compare(design, Some(ty), cell, first);
    match operator {
        Operator::Eq | Operator::In => match cell {
            Json::Array(items) => items.iter().any(is_any),
            cell => is_any(cell),
        },
        Operator::Ne => equal(design, Some(ty), cell, first) != Some(true),
        Operator::Null => Some(cell.is_null()) == first.as_bool(),
        Operator::Gt => order().is_some_and(Ordering::is_gt),
        Operator::Gte => order().is_some_and(Ordering::is_ge),
        Operator::Lt => order().is_some_and(Ordering::is_lt),
        Operator::Lte => order().is_some_and(Ordering::is_le),
        Operator::Contains => {
            folded(cell).is_some_and(|text| folded(first).is_some_and(|part| text.contains(&part)))
        }
        Operator::StartsWith => {
            folded(cell).is_some_and(|text| folded(first).is_some_and(|part| text.starts_with(&part)))
        }
    }
}

/// Every word stands in one of the searched fields.
fn finds(world: &World<'_>, list: Option<&List>, row: RowId, words: &str) -> bool {
    let fields = list.map(|list| list.search.as_slice()).unwrap_or_default();
    let texts: Vec<String> = fields
        .iter()
        .filter_map(|field| folded(world.row(row).cell(*field)))
        .collect();
    let mut words = words.split_whitespace().map(str::to_lowercase);
    words.all(|word| texts.iter().any(|text| text.contains(&word)))
}

fn folded(value: &Json) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}
