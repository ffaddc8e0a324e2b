//! Carrying a call out by the oracle, and what bugs do to it.

use serde_json::Value as Json;

use groma_ir::design::{Default, FieldId};
use groma_ir::http::{Operation, Operator, Problem, Route};
use groma_ir::{Id, Model};

use super::Bug;
use super::http::{Incoming, Outgoing};
use super::query::Query;
use super::serve::Service;
use crate::call::{Body, Call, Filter, Key, Member, Sample};
use crate::oracle::{Effect, Outcome, RowId, Slot, Verdict, from_value, in_form};
use crate::tokens::Identity;

impl Service {
    pub(super) fn carry_out(
        &mut self,
        mut call: Call,
        route: &'static Route,
        who: Option<&Identity>,
        query: &Query,
        incoming: &Incoming,
    ) -> Outgoing {
        let taken = self.bend(&mut call, route);
        let now = jiff::Timestamp::now();
        self.world.model = self.model_for(route.operation);
        let mut outcome = self.world.decide(&call, who, now);
        self.world.model = self.model;
        self.bend_references(&mut outcome, &call, who);
        match outcome.verdict {
            Verdict::Refused { problem, mistakes } => {
                self.write_anyway(&problem, &call, who);
                self.refuse(&problem, &mistakes, &call, incoming)
            }
            Verdict::Page(rows) => self.page(&call, route, who, rows, query, incoming),
            Verdict::Report(figures) => {
                let report = figures
                    .into_iter()
                    .map(|figure| (figure.name, figure.value))
                    .collect();
                Outgoing::json(200, &Json::Object(report))
            }
            Verdict::Item(_) => {
                let row = self.write(&outcome.effect, &call, taken);
                self.item(&call, route, who, row, incoming)
            }
            Verdict::Empty => {
                self.remove(&outcome.effect);
                Outgoing::empty(route.success.status)
            }
        }
    }

    fn model_for(&self, operation: Operation) -> &'static Model {
        let is_open = match operation {
            Operation::Get => self.has(Bug::ReadsAnyRow),
            Operation::List => self.has(Bug::ListsAnyRow),
            Operation::Update | Operation::Replace => self.has(Bug::UpdatesAnyRow),
            Operation::Delete => self.has(Bug::DeletesAnyRow),
            Operation::Action(_) => self.has(Bug::ActsOnAnyRow),
            Operation::Report(_) => self.has(Bug::ReportsAnyRow),
            Operation::Create => false,
        };
        if is_open { self.lax } else { self.model }
    }

    /// Changes the request as a bug reads it; the owner that it names, where a bug takes one.
    fn bend(&self, call: &mut Call, route: &Route) -> Option<Json> {
        self.bend_query(call);
        let Body::Members(members) = &mut call.body else {
            return None;
        };
        let owner = members
            .iter()
            .position(|member| matches!(member, Member::Raw(..)));
        let owner = owner.map(|at| members.remove(at)).map(|member| match member {
            Member::Raw(_, json) => serde_json::from_str(&json).unwrap(),
            _ => Json::Null,
        });
        if self.has(Bug::PatchIgnoresNull) && route.operation == Operation::Update {
            members.retain(|member| !matches!(member, Member::Field(_, sample) if sample.kept.is_null()));
        }
        if self.has(Bug::PatchFillsDefaults) && route.operation == Operation::Update && !members.is_empty() {
            self.fill(members, route, |service, field| service.default_of(route, field));
        }
        if self.has(Bug::PutKeepsAbsent)
            && route.operation == Operation::Replace
            && let Key::Row(row) = call.key
        {
            self.fill(members, route, |service, field| {
                Some(service.world.row(row).cell(field).clone())
            });
        }
        owner
    }

    fn fill(&self, members: &mut Vec<Member>, route: &Route, value: impl Fn(&Self, FieldId) -> Option<Json>) {
        for field in &route.writes {
            let is_given = members
                .iter()
                .any(|member| matches!(member, Member::Field(known, _) if known == field));
            if !is_given && let Some(value) = value(self, *field) {
                members.push(Member::Field(*field, Sample::plain(value)));
            }
        }
    }

    fn default_of(&self, route: &Route, field: FieldId) -> Option<Json> {
        let declared = &self.model.design.entities[route.entity].fields[field];
        match &declared.default {
            Some(Default::Value(value))
                if self.model.design.entities[route.entity]
                    .states_of(field)
                    .is_none() =>
            {
                Some(in_form(&declared.ty, from_value(&self.model.design, value)))
            }
            _ => declared.optional.then_some(Json::Null),
        }
    }

    fn bend_query(&self, call: &mut Call) {
        let ask = &mut call.ask;
        let is_named = |filter: &Filter| matches!(filter, Filter::Named { .. });
        if self.has(Bug::IgnoresFilters) {
            ask.filters.retain(is_named);
        }
        if self.has(Bug::IgnoresNamedFilters) {
            ask.filters.retain(|filter| !is_named(filter));
        }
        if self.has(Bug::NotEqualDropsEmpty) {
            let more: Vec<Filter> = ask.filters.iter().filter_map(not_empty).collect();
            ask.filters.extend(more);
        }
        if self.has(Bug::SearchTakesWildcards) {
            ask.search = ask.search.take().filter(|text| !text.contains(['%', '_']));
        }
        if self.has(Bug::SearchMatchesAnyWord) {
            ask.search = ask
                .search
                .take()
                .map(|text| text.split_whitespace().next_back().unwrap_or_default().to_owned());
        }
        if self.has(Bug::SortIgnoresDirection) {
            ask.sort
                .iter_mut()
                .for_each(|(_, descending)| *descending = false);
        }
    }

    /// References that were refused and that a bug lets through.
    fn bend_references(&mut self, outcome: &mut Outcome, call: &Call, who: Option<&Identity>) {
        let Verdict::Refused { mistakes, .. } = &outcome.verdict else {
            return;
        };
        if !mistakes
            .iter()
            .any(|mistake| mistake.code == "reference_not_found")
        {
            return;
        }
        let entity = &self.model.design.entities[self.model.http.routes[call.route].entity];
        let is_reference = |field: FieldId| entity.fields[field].ty.target();
        let given: Vec<(FieldId, Json)> = call
            .body
            .fields()
            .into_iter()
            .filter(|(field, _)| is_reference(*field).is_some())
            .map(|(field, value)| (field, value.clone()))
            .collect();
        let exists = given.iter().all(|(field, value)| {
            self.world
                .find_alive(is_reference(*field).unwrap(), value)
                .is_some()
        });
        if !(self.has(Bug::TakesAnyReference) || self.has(Bug::SeesHiddenReferences) && exists) {
            return;
        }
        let Body::Members(members) = &call.body else {
            return;
        };
        let kept = members
            .iter()
            .filter(|member| !matches!(member, Member::Field(field, _) if is_reference(*field).is_some()));
        let call = Call {
            body: Body::Members(kept.cloned().collect()),
            ..call.clone()
        };
        *outcome = self.world.decide(&call, who, jiff::Timestamp::now());
        if let (Verdict::Item(_), Effect::Insert(_, slots) | Effect::Change(_, slots)) =
            (&outcome.verdict, &mut outcome.effect)
        {
            for (field, value) in given {
                slots[field.index()] = Slot::Known(value);
            }
        }
    }

    /// A write that is refused, after it was made.
    fn write_anyway(&mut self, problem: &Problem, call: &Call, who: Option<&Identity>) {
        if !self.has(Bug::WritesBeforeItForbids)
            || *problem != Problem::NotFound && *problem != Problem::Forbidden
        {
            return;
        }
        self.world.model = self.lax;
        let outcome = self.world.decide(call, who, jiff::Timestamp::now());
        self.world.model = self.model;
        if matches!(outcome.effect, Effect::Change(..)) {
            self.write(&outcome.effect, call, None);
        }
    }

    fn write(&mut self, effect: &Effect, call: &Call, owner: Option<Json>) -> RowId {
        let (entity, slots) = match (effect, &call.key) {
            (Effect::Insert(entity, slots), _) => (*entity, slots),
            (Effect::Change(row, slots), _) => (row.entity, slots),
            (_, Key::Row(row)) => return *row,
            _ => unreachable!("an item is written or read"),
        };
        let given: Vec<FieldId> = call.body.fields().iter().map(|(field, _)| *field).collect();
        let mut cells: Vec<Json> = slots.iter().map(|slot| self.realise(slot)).collect();
        let declared = &self.model.design.entities[entity];
        for (id, field) in declared.fields.entries() {
            let cell = &mut cells[id.index()];
            let is_default = matches!(field.default, Some(Default::Value(_))) && !given.contains(&id);
            if self.bugs.contains(&Bug::ForgetsDefaults) && is_default && matches!(effect, Effect::Insert(..))
            {
                *cell = Json::Null;
            }
            if let (true, Json::String(text)) = (self.bugs.contains(&Bug::TruncatesText), &mut *cell) {
                *text = text.chars().take(60).collect();
            }
        }
        if let (Some(owner), Some(field)) = (owner, declared.owner) {
            cells[field.index()] = owner;
        }
        match effect {
            Effect::Change(row, _) => {
                self.world.row_mut(*row).cells = cells;
                *row
            }
            _ => self.world.insert(entity, cells),
        }
    }

    fn remove(&mut self, effect: &Effect) {
        let Effect::Remove(rows, emptied) = effect else {
            return;
        };
        let is_tie = |row: &RowId| self.model.design.entities[row.entity].link.is_some();
        if self.has(Bug::DeleteDoesNothing) || self.has(Bug::KeepsCutTies) && rows.iter().any(is_tie) {
            return;
        }
        let emptied = if self.has(Bug::DeleteLeavesReferences) {
            Vec::new()
        } else {
            emptied.clone()
        };
        self.world.apply(&Effect::Remove(rows.clone(), emptied), None);
    }

    fn realise(&mut self, slot: &Slot) -> Json {
        let at = |offset: i64| {
            jiff::Timestamp::now()
                .checked_add(jiff::SignedDuration::from_secs(offset))
                .unwrap()
        };
        self.serial += 1;
        match slot {
            Slot::Known(value) | Slot::NowOr(value) => value.clone(),
            Slot::Now { offset } => at(*offset).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into(),
            Slot::Today { offset } => at(*offset).strftime("%Y-%m-%d").to_string().into(),
            Slot::Uuid7 => format!("01900000-0000-7000-8000-{:012x}", self.serial).into(),
            Slot::Identity => self.serial.into(),
            Slot::Secret(length) => "s".repeat(*length as usize).into(),
        }
    }
}

fn not_empty(filter: &Filter) -> Option<Filter> {
    match filter {
        Filter::Field {
            operator: Operator::Ne,
            name,
            field,
            ty,
            ..
        } => Some(Filter::Field {
            name: name.clone(),
            field: *field,
            operator: Operator::Null,
            ty: ty.clone(),
            values: vec![Json::Bool(false)],
        }),
        _ => None,
    }
}
