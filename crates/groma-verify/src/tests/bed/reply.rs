//! Answers: items, pages and refusals.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value as Json};

use groma_ir::design::Type;
use groma_ir::http::{MemberKind, Operation, ParamKind, Problem, Route, SchemaId, SchemaKind};

use super::Bug;
use super::http::{Incoming, Outgoing};
use super::query::Query;
use super::serve::Service;
use crate::call::{Ask, Call, Key, Mistake};
use crate::jose;
use crate::oracle::{RowId, Verdict, key_text};
use crate::tokens::Identity;

impl Service {
    pub(super) fn refuse(
        &self,
        problem: &Problem,
        mistakes: &[Mistake],
        call: &Call,
        incoming: &Incoming,
    ) -> Outgoing {
        let hidden =
            matches!(call.key, Key::Row(row) if self.world.row(row).alive) && *problem == Problem::NotFound;
        if hidden && self.has(Bug::ForbidsInsteadOfHiding) {
            return self.problem(&Problem::Forbidden, incoming, &[]);
        }
        let errors: Vec<(String, String)> = mistakes
            .iter()
            .map(|mistake| (mistake.code.to_owned(), mistake.at.clone()))
            .collect();
        let mut answer = self.problem(problem, incoming, &errors);
        if hidden && self.has(Bug::TellsThatARowIsHidden) {
            let body = String::from_utf8(answer.body).unwrap();
            answer.body = body
                .replace("There is no such resource.", "You may not see this resource.")
                .into_bytes();
        }
        answer
    }

    /// The tag of a row.
    pub(super) fn tag(&self, row: RowId) -> String {
        let mut hash = DefaultHasher::new();
        if !self.has(Bug::EtagNeverChanges) {
            self.world
                .row(row)
                .cells
                .iter()
                .for_each(|cell| cell.to_string().hash(&mut hash));
        }
        format!("\"{:016x}\"", hash.finish())
    }

    pub(super) fn item(
        &mut self,
        call: &Call,
        route: &'static Route,
        who: Option<&Identity>,
        row: RowId,
        incoming: &Incoming,
    ) -> Outgoing {
        let tag = self.tag(row);
        if route.operation == Operation::Get && !self.has(Bug::IgnoresIfNoneMatch) {
            let known = incoming.header("if-none-match").unwrap_or_default();
            if known
                .split(',')
                .any(|known| known.trim() == "*" || known.trim().trim_start_matches("W/") == tag)
            {
                return Outgoing::empty(304).with("ETag", tag);
            }
        }
        let item = self.shown(route.success.body.unwrap(), row, &call.ask, who);
        let mut answer = Outgoing::json(route.success.status, &item);
        if route.etag {
            answer = answer.with("ETag", tag);
        }
        if route.success.location && !self.has(Bug::NoLocation) {
            let by = self.model.design.resources[route.resource].by;
            let key = key_text(self.world.row(row).cell(by));
            answer = answer.with("Location", format!("{}/{key}", incoming.path));
        }
        answer
    }

    fn shown(&self, schema: SchemaId, row: RowId, ask: &Ask, who: Option<&Identity>) -> Json {
        let SchemaKind::Item(members) = &self.model.http.schemas[schema].kind else {
            unreachable!()
        };
        let mut item = Map::new();
        for member in members {
            match &member.kind {
                MemberKind::Field(field, _) if ask.fields.is_empty() || ask.fields.contains(&member.name) => {
                    item.insert(member.name.clone(), self.world.row(row).cell(*field).clone());
                }
                MemberKind::Embedded(field, schema) if ask.include.contains(field) => {
                    let key = self.world.row(row).cell(*field);
                    let target = self.model.http.schemas[*schema].entity.unwrap();
                    let other = self.world.find_alive(target, key);
                    let other =
                        other.filter(|other| self.world.may_read(*other, who, jiff::Timestamp::now()));
                    let embedded = other.map_or(Json::Null, |other| {
                        self.shown(*schema, other, &Ask::default(), who)
                    });
                    item.insert(member.name.clone(), embedded);
                }
                _ => {}
            }
        }
        if self.has(Bug::ShowsInternalFields) {
            let entity = &self.model.design.entities[row.entity];
            for (id, field) in entity.fields.entries().filter(|(_, field)| !field.leaves()) {
                item.insert(field.wire.clone(), self.world.row(row).cell(id).clone());
            }
        }
        if self.has(Bug::MembersOutOfOrder) {
            item = item.into_iter().rev().collect();
        }
        if self.has(Bug::MissingMember) {
            item.pop_last_member();
        }
        Json::Object(item)
    }

    pub(super) fn page(
        &mut self,
        call: &Call,
        route: &'static Route,
        who: Option<&Identity>,
        mut rows: Vec<RowId>,
        query: &Query,
        incoming: &Incoming,
    ) -> Outgoing {
        self.bend_order(&mut rows, call, route);
        let total = rows.len();
        let digest = digest(&call.ask);
        let Some(from) = self.start(call, who, &rows, query, &digest) else {
            return self.problem(
                &Problem::InvalidRequest,
                incoming,
                &[("invalid_cursor".into(), "cursor".into())],
            );
        };
        let (default, _) = limits(route);
        let limit = call.ask.limit.unwrap_or(default) as usize;
        let shown: Vec<RowId> = rows.iter().skip(from).take(limit).copied().collect();
        let schema = &self.model.http.schemas[route.success.body.unwrap()].kind;
        let (SchemaKind::Page { item, .. } | SchemaKind::Array(item)) = schema else {
            unreachable!()
        };
        let items: Vec<Json> = shown
            .iter()
            .map(|row| self.shown(*item, *row, &call.ask, who))
            .collect();
        let next = (from + shown.len() < total).then(|| match query_has_cursor(route) {
            true if self.has(Bug::OffsetPages) => format!(
                "cursor={}",
                jose::encode(format!("1:{digest}:@{}", from + shown.len()))
            ),
            true => format!(
                "cursor={}",
                jose::encode(format!("1:{digest}:{}", shown.last().unwrap().index))
            ),
            false => format!("offset={}", from + shown.len()),
        });
        let body = self.page_body(schema, items, next.as_deref(), (call, query, limit, total));
        let mut answer = Outgoing::json(200, &body);
        if call.ask.count && body.is_array() {
            answer = answer.with("X-Total-Count", total.to_string());
        }
        if let Some(next) = next {
            let kept = incoming.query.split('&').filter(|pair| {
                !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("offset=")
            });
            let all: Vec<&str> = kept.chain([next.as_str()]).collect();
            answer = answer.with(
                "Link",
                format!("<{}?{}>; rel=\"next\"", incoming.path, all.join("&")),
            );
        }
        answer
    }

    fn page_body(
        &self,
        schema: &SchemaKind,
        items: Vec<Json>,
        next: Option<&str>,
        (call, query, limit, total): (&Call, &Query, usize, usize),
    ) -> Json {
        let SchemaKind::Page {
            items: name, cursor, ..
        } = schema
        else {
            return Json::Array(items);
        };
        let mut page = Map::new();
        page.insert(name.clone(), Json::Array(items));
        if *cursor {
            let next = next.and_then(|next| next.strip_prefix("cursor="));
            page.insert("next_cursor".into(), next.map_or(Json::Null, Json::from));
        } else {
            page.insert("limit".into(), limit.into());
            page.insert("offset".into(), query.offset.into());
        }
        if call.ask.count {
            let all = self
                .world
                .alive(self.model.http.routes[call.route].entity)
                .count();
            page.insert(
                "total".into(),
                if self.has(Bug::CountsAllRows) {
                    all.into()
                } else {
                    total.into()
                },
            );
        }
        Json::Object(page)
    }

    /// Where a page starts; `None` for a cursor that is not this query's.
    fn start(
        &mut self,
        call: &Call,
        who: Option<&Identity>,
        rows: &[RowId],
        query: &Query,
        digest: &str,
    ) -> Option<usize> {
        let Some(cursor) = &query.cursor else {
            return Some(query.offset);
        };
        if self.has(Bug::TakesAnyCursor)
            && !String::from_utf8(jose::decode(cursor).unwrap_or_default())
                .unwrap_or_default()
                .starts_with(&format!("1:{digest}:"))
        {
            return Some(0);
        }
        let text = String::from_utf8(jose::decode(cursor)?).ok()?;
        let last = text.strip_prefix("1:")?.strip_prefix(digest)?.strip_prefix(':')?;
        if let Some(offset) = last.strip_prefix('@') {
            return offset.parse().ok();
        }
        let last = RowId {
            entity: self.model.http.routes[call.route].entity,
            index: last.parse().ok()?,
        };
        let Some(at) = rows.iter().position(|row| *row == last) else {
            // It was deleted meanwhile: where would it stand?
            self.world.row_mut(last).alive = true;
            let outcome = self.world.decide(call, who, jiff::Timestamp::now());
            self.world.row_mut(last).alive = false;
            let Verdict::Page(with) = outcome.verdict else {
                return None;
            };
            return with.iter().position(|row| *row == last);
        };
        let (repeats, skips) = (self.has(Bug::PageRepeatsLastRow), self.has(Bug::PageSkipsARow));
        Some(at + 1 + usize::from(skips) - usize::from(repeats && rows.len() > at + 1 && at > 0))
    }

    fn bend_order(&self, rows: &mut [RowId], call: &Call, route: &Route) {
        let Some((field, _)) = call.ask.sort.first().copied() else {
            return;
        };
        let cell = |row: &RowId| self.world.row(*row).cell(field).clone();
        if self.has(Bug::NullsFirst) {
            rows.sort_by_key(|row| !cell(row).is_null());
        }
        let is_enum = matches!(
            self.model.design.entities[route.entity].fields[field].ty,
            Type::Enum(_)
        );
        if self.has(Bug::SortsEnumByName) && is_enum {
            rows.sort_by_key(|row| key_text(&cell(row)));
        }
    }
}

trait PopLast {
    fn pop_last_member(&mut self);
}

impl PopLast for Map<String, Json> {
    fn pop_last_member(&mut self) {
        if let Some(name) = self.keys().next_back().cloned() {
            self.remove(&name);
        }
    }
}

fn digest(ask: &Ask) -> String {
    let mut hash = DefaultHasher::new();
    format!("{:?}{:?}{:?}", ask.filters, ask.search, ask.sort).hash(&mut hash);
    format!("{:016x}", hash.finish())
}

fn limits(route: &Route) -> (u32, u32) {
    route
        .query
        .iter()
        .find_map(|param| match param.kind {
            ParamKind::Limit { default, max } => Some((default, max)),
            _ => None,
        })
        .unwrap()
}

fn query_has_cursor(route: &Route) -> bool {
    route.query.iter().any(|param| param.kind == ParamKind::Cursor)
}
