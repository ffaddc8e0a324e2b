//! Q302.

use std::collections::BTreeMap;

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Design, Entity, EntityId, Resource, ResourceId, RoleId, Verb};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use super::places;
use super::reach::{allowing, join};
use crate::resolve::Resolved;

rule! {
    /// For every route there is a rule that says who may call it.
    ///
    /// ## Why
    /// What no rule allows is refused to everybody. A route without a rule is one that was forgotten, or one that should
    /// not be there; `decision Note.delete = nobody` records that it is meant.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    /// }
    /// resource /notes for Note { read; delete }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read, delete to owner
    /// }
    /// resource /notes for Note { read; delete }
    Question VERB_WITHOUT_RULE "Q302" "verb-without-rule"
}

/// More verbs than this are not listed in a question.
const MOST_SHOWN: usize = 6;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let mut open: BTreeMap<EntityId, (ResourceId, Vec<(Verb, Span)>)> = BTreeMap::new();
    for (id, resource, _) in places::resources(resolved) {
        if !resolved.rules_are_sound(resource.entity) {
            continue;
        }
        let entity = &design.entities[resource.entity];
        for (verb, place) in verbs(resource) {
            let topic = format!("{}.{}", entity.name, groma_ir::words::verb(entity, verb));
            let (_, verbs) = open.entry(resource.entity).or_insert_with(|| (id, Vec::new()));
            let is_new = verbs.len() < 100 && !verbs.iter().any(|(earlier, _)| *earlier == verb);
            if is_new && allowing(entity, verb).next().is_none() && !resolved.map.decided.contains(&topic) {
                verbs.push((verb, place));
            }
        }
    }
    let open = open.into_iter().filter(|(_, (_, verbs))| !verbs.is_empty());
    open.map(|(entity, (resource, verbs))| {
        let missing = Missing {
            resolved,
            entity,
            resource,
            verbs: &verbs,
        };
        missing.question()
    })
    .collect()
}

/// The verbs that the routes of a resource ask for, each with the first route that does.
pub(super) fn verbs(resource: &Resource) -> Vec<(Verb, Span)> {
    let read = resource
        .list
        .as_ref()
        .map(|it| it.origin)
        .or(resource.read.as_ref().map(|it| it.origin));
    let update = resource
        .update
        .as_ref()
        .or(resource.replace.as_ref())
        .map(|it| it.origin);
    let report = resource.reports.iter().next().map(|it| it.origin);
    let plain = [
        (Verb::Read, read.or(report)),
        (Verb::Create, resource.create.as_ref().map(|it| it.origin)),
        (Verb::Update, update),
        (Verb::Delete, resource.delete.as_ref().map(|it| it.origin)),
    ];
    let plain = plain.into_iter().filter_map(|(verb, place)| Some((verb, place?)));
    let actions = resource
        .actions
        .iter()
        .map(|it| (Verb::Action(it.action), it.origin));
    plain.chain(actions).collect()
}

/// Verbs of an entity that no rule allows.
struct Missing<'m, 'r> {
    resolved: &'m Resolved<'r>,
    entity: EntityId,
    resource: ResourceId,
    verbs: &'m [(Verb, Span)],
}

impl Missing<'_, '_> {
    fn design(&self) -> &Design {
        &self.resolved.design
    }

    fn entity(&self) -> &Entity {
        &self.design().entities[self.entity]
    }

    fn words(&self) -> Vec<&str> {
        self.verbs
            .iter()
            .map(|(verb, _)| groma_ir::words::verb(self.entity(), *verb))
            .collect()
    }

    fn question(&self) -> Diagnostic {
        let rows = self.entity().plural.replace('_', " ");
        let words = self.words();
        let mut shown = words.clone();
        if shown.len() > MOST_SHOWN {
            shown.truncate(MOST_SHOWN);
            shown.push("more with");
        }
        let message = format!("who may {} {rows}?", join(&shown, "or"));
        let (place, label) = match self.verbs {
            [(_, only)] => (*only, "this route answers 403 to everybody"),
            _ => (
                places::route(self.resolved, self.resource),
                "these routes answer 403 to everybody",
            ),
        };
        let first = words.first().copied().unwrap_or("delete");
        let mut found = Diagnostic::new(&VERB_WITHOUT_RULE, place, message)
            .primary_label(label)
            .about(format!("{}.{first}", self.entity().name));
        let block = self.resolved.map.accesses.get(&self.entity);
        found = match block.and_then(ast::Access::subject) {
            Some(subject) => found.label(subject.span(), "no rule here allows it"),
            None => found.note(format!("`{}` has no `access` block", self.entity().name)),
        };
        for (who, effect) in self.candidates() {
            found = found.option(self.line(&who), effect, self.edits(&who));
        }
        found
            .option(
                "nobody",
                "the routes stay closed: take them out, or record it by a decision",
                Vec::new(),
            )
            .note(format!(
                "`decision {}.{first} = nobody` records that nobody may",
                self.entity().name
            ))
    }

    /// Who could be meant: the owner, else whoever has the highest role, else everybody who signs in.
    fn candidates(&self) -> Vec<(String, &'static str)> {
        let owner = self
            .entity()
            .owner
            .map(|owner| self.entity().fields[owner].name.clone());
        let owner = owner.map(|name| (name, "whoever made the row, and nobody else"));
        let highest = self
            .design()
            .auth
            .as_ref()
            .and_then(|auth| auth.roles.entries().last());
        let highest = highest.map(|(_, role): (RoleId, _)| (role.name.clone(), "whoever has the role"));
        let known: Vec<_> = owner.into_iter().chain(highest).collect();
        if known.is_empty() {
            return vec![(
                String::from("authenticated"),
                "anyone who signs in, for every row",
            )];
        }
        known
    }

    fn line(&self, who: &str) -> String {
        let verbs = match self.entity().access_origin {
            Some(_) => self.words().join(", "),
            None => String::from("all"),
        };
        format!("allow {verbs} to {who}")
    }

    fn edits(&self, who: &str) -> Vec<Edit> {
        let line = self.line(who);
        if let Some(access) = self.entity().access_origin {
            return places::at_end(self.resolved.sources, access, &line);
        }
        let resource = self.design().resources[self.resource].origin;
        let block = format!("\n\naccess {} {{\n  {line}\n}}", self.entity().name);
        vec![Edit::after(resource, block)]
    }
}
