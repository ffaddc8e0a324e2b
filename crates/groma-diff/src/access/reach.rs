//! To what routes lead: a rule about something that no route does opens nothing.

use std::collections::{BTreeMap, BTreeSet};

use groma_ir::Model;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Verb};

/// What the routes of a design lead to.
pub(super) struct Reach {
    /// Verbs that some route is, and whether one of them answers without a token.
    verbs: BTreeMap<(EntityId, Verb), bool>,
    /// Fields that some route gives or takes.
    fields: BTreeSet<(EntityId, Verb, FieldId)>,
}

impl Reach {
    pub(super) fn of(model: &Model) -> Self {
        let mut reach = Self {
            verbs: BTreeMap::new(),
            fields: BTreeSet::new(),
        };
        for route in &model.http.routes {
            let verb = route.operation.verb();
            reach.add(route.entity, verb, route.public);
            let writes = route.writes.iter();
            reach
                .fields
                .extend(writes.map(|field| (route.entity, verb, *field)));
        }
        for resource in &model.design.resources {
            let lists = resource
                .list
                .iter()
                .map(|list| (&list.include, list.admission.public));
            let reads = resource
                .read
                .iter()
                .map(|read| (&read.include, read.admission.public));
            for (include, public) in lists.chain(reads) {
                let fields = &model.design.entities[resource.entity].fields;
                for target in include.iter().filter_map(|field| fields[*field].ty.target()) {
                    reach.add(target, Verb::Read, public);
                }
            }
        }
        for (id, entity) in model.design.entities.entries() {
            let open = entity.fields.entries().filter(|(_, field)| field.leaves());
            reach
                .fields
                .extend(open.map(|(field, _)| (id, Verb::Read, field)));
        }
        reach
    }

    fn add(&mut self, entity: EntityId, verb: Verb, public: bool) {
        *self.verbs.entry((entity, verb)).or_insert(false) |= public;
    }

    pub(super) fn has(&self, entity: EntityId, verb: Verb) -> bool {
        self.verbs.contains_key(&(entity, verb))
    }

    pub(super) fn has_field(&self, entity: EntityId, verb: Verb, field: FieldId) -> bool {
        self.fields.contains(&(entity, verb, field))
    }

    /// What is left of a rule where routes lead there, and ask for a token.
    pub(super) fn limited(&self, entity: EntityId, verb: Verb, pred: Pred) -> Pred {
        match self.verbs.get(&(entity, verb)) {
            None => Pred::NEVER,
            Some(true) => pred,
            Some(false) => Pred::all([Pred::Atom(Atom::Authenticated), pred]),
        }
    }
}
