//! The statements of a route for people: named parameters, and the index that serves them.

use groma_ir::Model;
use groma_ir::access::{Atom, CallerFacts, Pred, typical};
use groma_ir::design::FieldId;
use groma_ir::http::{Operation, ParamKind, RouteId};
use groma_plan::{Plans, Query, RoutePlan};

use crate::changes;
use crate::columns::Columns;
use crate::dialect::Spelling;
use crate::index::{beginning, serving};
use crate::prepared::Prepared;
use crate::statements::below::{self, Below};
use crate::statements::change::Change;
use crate::statements::{change, item, list, readable, report};
use crate::write::{Context, Slot, Style};
use crate::{Dialect, Presence, external_tables};

/// A statement of a route, for a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Described {
    /// What it is for, as a short phrase.
    pub purpose: String,
    /// Its text, a clause a line, with named parameters.
    pub sql: String,
    /// The index that serves it.
    pub index: Option<String>,
}

/// The statements that each route runs, where every table is there, for the plainest caller who may
/// ([`typical`]).
pub fn describe_all(model: &Model) -> Vec<(RouteId, Vec<Described>)> {
    let known = Known::new(model);
    model
        .http
        .routes
        .ids()
        .map(|route| (route, known.route(model, route)))
        .collect()
}

/// What [`describe_all`] says of one route.
pub fn describe(model: &Model, route: RouteId) -> Vec<Described> {
    Known::new(model).route(model, route)
}

/// What is the same for every route.
struct Known {
    plans: Plans,
    presence: Presence,
    prepared: Prepared,
}

impl Known {
    fn new(model: &Model) -> Self {
        let plans = Plans::new(model);
        let presence = Presence::of(
            external_tables(model, Dialect::Sqlite)
                .into_iter()
                .map(|table| table.name),
        );
        let prepared = Prepared::new(model, &plans, &presence);
        Self {
            plans,
            presence,
            prepared,
        }
    }

    fn route(&self, model: &Model, route: RouteId) -> Vec<Described> {
        let plan = self.plans.route(route);
        let name = |slot: &Slot| slot_name(model, plan, slot);
        let describing = Describing {
            cx: Context {
                model,
                dialect: Spelling::People,
                presence: &self.presence,
                style: Style::Person(&name),
            },
            plans: &self.plans,
            prepared: &self.prepared,
            plan,
            facts: CallerFacts {
                authenticated: true,
                ..typical(model, &model.http.routes[route]).facts(&model.design)
            },
        };
        describing.all()
    }
}

struct Describing<'d> {
    cx: Context<'d>,
    plans: &'d Plans,
    prepared: &'d Prepared,
    plan: &'d RoutePlan,
    facts: CallerFacts,
}

impl Describing<'_> {
    fn all(&self) -> Vec<Described> {
        match self.plan.operation {
            Operation::List => self.list(),
            Operation::Get => self.get(),
            Operation::Report(_) => self.report(),
            Operation::Create
            | Operation::Update
            | Operation::Replace
            | Operation::Delete
            | Operation::Action(_) => self.change(),
        }
    }

    fn columns(&self) -> Columns {
        let columns = &self.prepared.route(self.plan.id).columns;
        columns.seen_by(self.cx.model, self.plan.entity, &self.facts)
    }

    fn list(&self) -> Vec<Described> {
        let model = self.cx.model;
        let route = &model.http.routes[self.plan.id];
        let query = self.plan.default_query();
        let shape = list::Shape {
            entity: self.plan.entity,
            params: &route.query,
            named: &[],
            query: &query,
            below: self.below(),
            by_offset: route.query.iter().any(|param| param.kind == ParamKind::Offset),
        };
        let rows = list::rows(self.cx, shape, &self.columns());
        let count = list::count(self.cx, shape);
        let index = self.list_index(&query);
        let mut all = vec![described("a page of rows", &rows.sql, index)];
        all.extend(self.parent("only when the page has no rows: whether what they lie below is there"));
        all.push(described(
            "the total, when `count=true` asks for it",
            &count.sql,
            None,
        ));
        all.extend(self.embeds());
        all
    }

    /// The index that finds the rows, of which there may be several equally good ones when no order is wanted.
    fn report_index(&self) -> Option<String> {
        let equal = self.equal();
        let table = self.cx.model.tables.of(self.plan.entity);
        let mut begins = beginning(table, &equal).into_iter();
        match (begins.next(), begins.next(), equal.first()) {
            (Some(_), Some(_), Some(first)) => {
                let entity = &self.cx.model.design.entities[self.plan.entity];
                let column = &entity.fields[*first].column;
                Some(format!("an index that begins with `{column}`"))
            }
            (only, ..) => only.or_else(|| self.list_index(&Query::default())),
        }
    }

    /// The index of the branch that leads: the first one whose rows are found by an equal field.
    fn list_index(&self, query: &Query) -> Option<String> {
        let order: Vec<FieldId> = query.sort.iter().map(|term| term.field).collect();
        let table = self.cx.model.tables.of(self.plan.entity);
        serving(table, &self.equal(), &order)
    }

    /// The fields by which the leading branch of the rule finds its rows.
    fn equal(&self) -> Vec<FieldId> {
        if let Some(parent) = self.plan.parents.last() {
            return vec![parent.field];
        }
        let read = self
            .cx
            .model
            .access
            .of(self.plan.entity)
            .read
            .for_caller(&self.facts);
        let parts = match &read {
            Pred::Any(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        parts
            .iter()
            .map(equal_fields)
            .find(|fields| !fields.is_empty())
            .unwrap_or_default()
    }

    fn below(&self) -> Below<'_> {
        Below {
            facts: &self.facts,
            parents: &self.plan.parents,
        }
    }

    /// The look at a parent, where there is one.
    fn parent(&self, purpose: &str) -> Option<Described> {
        let parent = self.plan.parents.first()?;
        let text = below::parent(self.cx, self.below());
        let table = self.cx.model.tables.of(parent.entity);
        Some(described(purpose, &text.sql, serving(table, &[parent.by], &[])))
    }

    fn key(&self) -> FieldId {
        self.plan
            .key_field
            .unwrap_or(self.cx.model.tables.of(self.plan.entity).key)
    }

    fn get(&self) -> Vec<Described> {
        let key = self.key();
        let text = item::get(self.cx, (self.plan.entity, key), &self.columns(), self.below());
        let mut all = vec![described(
            "the row, if the caller may read it",
            &text.sql,
            self.by_key(),
        )];
        all.extend(self.embeds());
        all
    }

    fn by_key(&self) -> Option<String> {
        serving(self.cx.model.tables.of(self.plan.entity), &[self.key()], &[])
    }

    fn embeds(&self) -> Vec<Described> {
        let Some(schema) = self.plan.item else {
            return Vec::new();
        };
        let plan = self.plans.item(schema);
        let fields: Vec<FieldId> = self.plan.includes();
        let entity = &self.cx.model.design.entities[self.plan.entity];
        let described = fields.iter().filter_map(|field| {
            let target = self.prepared.item(plan.embedded(*field)?)?;
            if readable(&self.cx, target.entity, &self.facts).is_never() {
                return None;
            }
            let columns = target.columns.seen_by(self.cx.model, target.entity, &self.facts);
            let text = item::embed(self.cx, target.entity, &columns, &self.facts);
            let purpose = format!("the rows that `include={}` embeds", entity.fields[*field].name);
            let table = self.cx.model.tables.of(target.entity);
            Some(described(&purpose, &text.sql, serving(table, &[table.key], &[])))
        });
        described.collect()
    }

    fn report(&self) -> Vec<Described> {
        let Operation::Report(id) = self.plan.operation else {
            return Vec::new();
        };
        let model = self.cx.model;
        let resource = &model.design.resources[model.http.routes[self.plan.id].resource];
        let text = report::report(self.cx, self.plan.entity, &resource.reports[id], self.below());
        let index = self.report_index();
        let mut all: Vec<Described> = self
            .parent("whether what the rows lie below is there")
            .into_iter()
            .collect();
        all.push(described("every number, in one pass", &text.sql, index));
        all
    }

    fn change(&self) -> Vec<Described> {
        let change = changes::change(&self.cx, self.plan, &self.facts, &|_| true);
        let mut all = self.references(&change);
        match self.plan.operation {
            Operation::Create => {
                let text = change::insert(self.cx, &change, &self.columns(), &self.facts);
                all.push(described("the new row, if the rules allow it", &text.sql, None));
                all.extend(
                    self.parent("only when no row was made: whether what it was to lie below is there"),
                );
                all.extend(self.beside());
                return all;
            }
            Operation::Delete => {
                let text = change::delete(self.cx, &change, &self.facts);
                all.push(described(
                    "the row goes, if the rules allow it",
                    &text.sql,
                    self.by_key(),
                ));
            }
            _ => {
                let text = change::update(self.cx, &change, &self.columns(), &self.facts);
                let purpose = match self.plan.operation {
                    Operation::Update => "the change, here of every field that may be sent",
                    _ => "the change, if the rules and the state allow it",
                };
                all.push(described(purpose, &text.sql, self.by_key()));
                if self.plan.made.is_none() {
                    all.extend(self.beside());
                }
            }
        }
        let look = change::look(self.cx, &change, &Columns::default(), &self.facts);
        let purpose = if self.plan.if_match {
            "only when nothing was changed, or with `If-Match`: why"
        } else {
            "only when nothing was changed: why"
        };
        all.push(described(purpose, &look.sql, self.by_key()));
        if self.plan.made.is_some() {
            all.extend(self.making());
        }
        all
    }

    fn beside(&self) -> Vec<Described> {
        let makes = &self.cx.model.http.routes[self.plan.id].makes;
        let text = |creation| change::beside(self.cx, self.plan.entity, creation).sql;
        let purpose = "then, in the same transaction, the row beside it";
        makes
            .iter()
            .map(|creation| described(purpose, &text(creation), None))
            .collect()
    }

    fn references(&self, change: &Change) -> Vec<Described> {
        let prepared = self.prepared.route(self.plan.id);
        let named = prepared.named.filter(|_| change.is_new);
        let members = prepared.references.iter();
        let members = members.map(|(member, target)| (Slot::Body(*member), *target));
        let references: Vec<_> = members.chain(named.map(|target| (Slot::Key, target))).collect();
        let Some((_, first)) = references.first() else {
            return Vec::new();
        };
        let text = item::references(self.cx, &references, change, &self.facts);
        let table = self.cx.model.tables.of(*first);
        let purpose = match named {
            Some(_) => "whether what the new row refers to is there for the caller",
            None => "whether what the body refers to is there for the caller",
        };
        let index = serving(table, &[table.key], &[]);
        vec![described(purpose, &text.sql, index)]
    }

    /// What follows where there is no row that a replace could change.
    fn making(&self) -> Vec<Described> {
        let change = changes::making(&self.cx, self.plan, &self.facts);
        let mut all = self.references(&change);
        let text = change::insert(self.cx, &change, &self.columns(), &self.facts);
        let purpose = "where there is no such row: the new one, if the rules allow it";
        all.push(described(purpose, &text.sql, None));
        all.extend(self.parent("only when no row was made: whether what it was to lie below is there"));
        all.extend(self.beside());
        all
    }
}

fn described(purpose: &str, sql: &str, index: Option<String>) -> Described {
    Described {
        purpose: purpose.to_owned(),
        sql: sql.to_owned(),
        index,
    }
}

/// The fields of the row that must equal the caller.
fn equal_fields(pred: &Pred) -> Vec<FieldId> {
    match pred {
        Pred::All(preds) => preds.iter().flat_map(equal_fields).collect(),
        Pred::Atom(Atom::IsCaller { path, .. }) => match path.steps.as_slice() {
            [only] => vec![*only],
            _ => Vec::new(),
        },
        Pred::Atom(Atom::Exists { path, .. }) => path.steps.first().copied().into_iter().collect(),
        Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => Vec::new(),
    }
}

fn slot_name(model: &Model, plan: &RoutePlan, slot: &Slot) -> String {
    let entity = &model.design.entities[plan.entity];
    let claim = |index: usize| {
        let auth = model.design.auth.as_ref();
        auth.and_then(|auth| auth.claims.iter().nth(index))
            .map_or("claim", |claim| claim.name.as_str())
    };
    match slot {
        Slot::Key => plan
            .key_field
            .map_or("id", |field| &entity.fields[field].wire)
            .to_owned(),
        Slot::Parent(at) => plan
            .parents
            .get(*at)
            .map_or("parent", |parent| &parent.name)
            .to_owned(),
        Slot::Caller => String::from("caller"),
        Slot::Claim(index) => format!("caller_{}", claim(*index)),
        Slot::Now(0) => String::from("now"),
        Slot::Now(offset) => format!("now_plus_{offset}s"),
        Slot::Body(member) => format!("new_{}", plan.member_name(*member)),
        Slot::StatesBefore(member) => format!("states_before_{}", plan.member_name(*member)),
        Slot::FreshKey => String::from("new_id"),
        Slot::Secret(field, _) => format!("new_{}", entity.fields[*field].wire),
        Slot::Filter(index)
        | Slot::Filters(index)
        | Slot::Folded(index)
        | Slot::Item(index)
        | Slot::Items(index) => format!("filter_{}", index + 1),
        Slot::Word(index) => format!("word_{}", index + 1),
        Slot::After(index) => format!("after_{}", index + 1),
        Slot::Limit | Slot::Window => String::from("limit_plus_1"),
        Slot::Offset => String::from("offset"),
        Slot::Keys(_) => String::from("keys"),
        Slot::Changed => String::from("id_of_the_row"),
    }
}
