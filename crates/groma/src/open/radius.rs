//! How much an answer touches: routes, rules and entities.

use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::design::{Cond, Entity, EntityId, EnumId, FieldId, Path, Rule, Type, Verb, Who};
use groma_ir::http::{Operation, ParamKind, Route};
use groma_ir::{Id, words};

/// What an answer touches.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Radius {
    /// Routes, by their operation ids.
    pub(crate) routes: BTreeSet<String>,
    /// Rules, by their entity and their place among its rules.
    pub(crate) rules: BTreeSet<(EntityId, usize)>,
    /// Entities.
    pub(crate) entities: BTreeSet<EntityId>,
}

impl std::fmt::Display for Radius {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = crate::words::count;
        let (routes, rules) = (self.routes.len(), self.rules.len());
        write!(
            out,
            "{}, {}, {}",
            count(routes, "route", "routes"),
            count(rules, "rule", "rules"),
            count(self.entities.len(), "entity", "entities")
        )
    }
}

impl Radius {
    /// What answers about some subjects, `Task.due, Project`, touch together.
    pub(crate) fn of(model: &Model, subjects: &str) -> Radius {
        let mut radius = Radius::default();
        for subject in subjects.split(", ") {
            Touch {
                model,
                radius: &mut radius,
            }
            .subject(subject);
        }
        radius
    }

    /// One number to sort by.
    pub(crate) fn size(&self) -> usize {
        self.routes.len() + self.rules.len() + self.entities.len()
    }
}

struct Touch<'m> {
    model: &'m Model,
    radius: &'m mut Radius,
}

impl<'m> Touch<'m> {
    fn subject(&mut self, subject: &str) {
        let design = &self.model.design;
        let mut names = subject.split('.');
        let (first, second, topic) = (names.next().unwrap_or_default(), names.next(), names.next());
        let entity = design.entities.entries().find(|(_, entity)| entity.name == first);
        if let Some((id, entity)) = entity {
            match second {
                Some(second) => self.part((id, entity), second, topic),
                None => self.entity(id),
            }
        } else if let Some((id, _)) = design
            .enums
            .entries()
            .find(|(_, declared)| declared.name == first)
        {
            self.of_enum(id);
        } else {
            self.everything();
        }
    }

    fn everything(&mut self) {
        for entity in self.model.design.entities.ids() {
            self.entity(entity);
        }
    }

    /// An entity as a whole, and those that point at it.
    fn entity(&mut self, id: EntityId) {
        let design = &self.model.design;
        self.radius.entities.insert(id);
        self.routes(|route| route.entity == id);
        self.rules(|of, _| of == id);
        for (other, entity) in design.entities.entries() {
            if entity.fields.iter().any(|field| field.ty.target() == Some(id)) {
                self.radius.entities.insert(other);
            }
        }
    }

    fn of_enum(&mut self, id: EnumId) {
        for (entity, declared) in self.model.design.entities.entries() {
            for (field, _) in declared
                .fields
                .entries()
                .filter(|(_, field)| holds(&field.ty, id))
            {
                self.field((entity, declared), field);
            }
        }
    }

    fn part(&mut self, (id, entity): (EntityId, &'m Entity), name: &str, topic: Option<&str>) {
        let field = entity
            .field(name)
            .or_else(|| entity.field(name.strip_suffix("_id")?));
        if let Some(field) = field {
            self.field((id, entity), field);
            if topic == Some("on_delete") {
                let target = entity.fields[field].ty.target();
                self.routes(|route| Some(route.entity) == target && route.operation == Operation::Delete);
            }
            return;
        }
        self.radius.entities.insert(id);
        let operation = |route: &Route| match route.operation {
            Operation::List => name == "list" || name == "read",
            Operation::Create => name == "create",
            Operation::Get => name == "read",
            Operation::Update => name == "update",
            Operation::Replace => name == "replace" || name == "update",
            Operation::Delete => name == "delete",
            Operation::Action(action) => entity.actions[action].name == name,
            Operation::Report(report) => {
                let reports = &self.model.design.resources[route.resource].reports;
                reports[report].name == name || name == "read"
            }
        };
        let is_known = self
            .model
            .http
            .routes
            .iter()
            .any(|route| route.entity == id && operation(route));
        self.routes(|route| route.entity == id && (operation(route) || !is_known));
        let is_about = |verb: Verb| words::verb(entity, verb) == name;
        self.rules(|of, rule| of == id && rule.verbs.iter().any(|used| is_about(used.verb)));
    }

    /// A field: routes that give or take it, rules that look at it, and what it points at.
    fn field(&mut self, (id, entity): (EntityId, &Entity), field: FieldId) {
        let declared = &entity.fields[field];
        self.radius.entities.insert(id);
        self.radius.entities.extend(declared.ty.target());
        let gives = declared.leaves();
        self.routes(|route| {
            let is_asked = route
                .query
                .iter()
                .any(|param| matches!(&param.kind, ParamKind::Filter { field: of, .. } if *of == field));
            route.entity == id
                && (gives && route.success.body.is_some() || route.writes.contains(&field) || is_asked)
        });
        let model = self.model;
        self.rules(|of, rule| looks_at(model, of, rule, (id, field)));
    }

    fn routes(&mut self, is_touched: impl Fn(&Route) -> bool) {
        let routes = self.model.http.routes.iter().filter(|route| is_touched(route));
        self.radius
            .routes
            .extend(routes.map(|route| route.operation_id.clone()));
    }

    fn rules(&mut self, is_touched: impl Fn(EntityId, &Rule) -> bool) {
        for (id, entity) in self.model.design.entities.entries() {
            let rules = entity.rules.iter().enumerate();
            let touched = rules.filter(|(_, rule)| is_touched(id, rule));
            self.radius.rules.extend(touched.map(|(at, _)| (id, at)));
        }
    }
}

fn holds(ty: &Type, of: EnumId) -> bool {
    match ty {
        Type::Enum(id) => *id == of,
        // A list holds no list.
        Type::List(list) => holds(&list.item, of),
        Type::Scalar(_) | Type::Reference(_) => false,
    }
}

/// Whether a rule on one entity looks at a field, of that entity or at the end of a way.
fn looks_at(model: &Model, entity: EntityId, rule: &Rule, (of, field): (EntityId, FieldId)) -> bool {
    let by_name = entity == of && rule.verbs.iter().any(|used| used.fields.contains(&field));
    let who = rule.who.iter().chain(&rule.except);
    by_name
        || who
            .filter_map(way)
            .any(|path| goes_by(model, entity, path, (of, field)))
        || entity == of
            && rule
                .when
                .as_ref()
                .is_some_and(|when: &Cond| when.fields().contains(&field))
}

fn way(who: &Who) -> Option<&Path> {
    match who {
        Who::Path(path) | Who::Can { path, .. } | Who::Level { path, .. } => Some(path),
        Who::Everyone | Who::Authenticated | Who::Role(_) => None,
    }
}

fn goes_by(model: &Model, entity: EntityId, path: &Path, wanted: (EntityId, FieldId)) -> bool {
    let mut at = Some(entity);
    for step in &path.steps {
        let Some(here) = at else { return false };
        if (here, *step) == wanted {
            return true;
        }
        let fields = &model.design.entities[here].fields;
        at = (step.index() < fields.len())
            .then(|| fields[*step].ty.target())
            .flatten();
    }
    false
}
