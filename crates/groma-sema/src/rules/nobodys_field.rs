//! E432.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{
    Action, ActionRoute, Assign, Default, Entity, EntityId, Field, FieldId, LinkKind, Resource, Term,
};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// What is written without a token needs nobody who calls.
    ///
    /// ## Why
    /// A route that is `public` is called by nobody: `= caller` has nothing to take, and a field that may not be empty
    /// then makes every such request fail. Where the field is optional, the row of a caller without a token is nobody's: no
    /// rule that asks for its owner lets anybody in.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   author: User = caller readonly
    /// }
    /// access Note {
    ///   allow create, read to everyone
    /// }
    /// resource /notes for Note {
    ///   read public
    ///   create public { accept title }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   author: User? = caller readonly
    /// }
    /// access Note {
    ///   allow create, read to everyone
    /// }
    /// resource /notes for Note {
    ///   read public
    ///   create public { accept title }
    /// }
    Error NOBODYS_FIELD "E432" "nobody-to-take"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, resource, tree) in places::resources(resolved) {
        if resolved.is_sound(groma_syntax::ast::AstNode::span(tree)) {
            found.extend(of_rows(resolved, resource));
            found.extend(founded(resolved, resource));
            for route in resource.actions.iter().filter(|route| route.admission.public) {
                found.extend(of_action(resolved, resource.entity, route));
            }
        }
    }
    found
}

/// Fields that a new row, or one that is put in place whole, takes from its caller.
fn of_rows(resolved: &Resolved<'_>, resource: &Resource) -> Vec<Diagnostic> {
    let entity = &resolved.design.entities[resource.entity];
    let create = resource.create.as_ref().filter(|create| create.admission.public);
    let replace = resource
        .replace
        .as_ref()
        .filter(|replace| replace.admission.public);
    let parent = resource.parent().map(|parent| parent.field);
    let mut found = Vec::new();
    for (id, field) in entity.fields.entries() {
        if !needs_caller(field) || parent == Some(id) {
            continue;
        }
        let put = replace.filter(|replace| replace.accept.contains(&id));
        let origin = create.map(|create| create.origin);
        if let Some(origin) = origin.or_else(|| put.map(|put| put.origin)) {
            found.push(nobody(resolved, origin, (resource.entity, id)));
        }
    }
    found
}

fn needs_caller(field: &Field) -> bool {
    !field.optional && field.default == Some(Default::Caller)
}

/// Fields that an action gives the key of its caller.
fn of_action(resolved: &Resolved<'_>, id: EntityId, route: &ActionRoute) -> Vec<Diagnostic> {
    let action: &Action = &resolved.design.entities[id].actions[route.action];
    let own = action.sets.iter().map(|set| (id, set));
    let beside = action.creates.iter();
    let beside = beside.flat_map(|made| made.sets.iter().map(|set| (made.entity, set)));
    let takes = |(entity, (field, assign)): (EntityId, &(FieldId, Assign))| {
        let is_required = !resolved.design.entities[entity].fields[*field].optional;
        let takes = is_required && *assign == Assign::Term(Term::Caller);
        takes.then(|| nobody(resolved, route.origin, (entity, *field)))
    };
    own.chain(beside).filter_map(takes).collect()
}

/// A tenant whose first member is whoever makes it.
fn founded(resolved: &Resolved<'_>, resource: &Resource) -> Option<Diagnostic> {
    let create = resource
        .create
        .as_ref()
        .filter(|create| create.admission.public)?;
    resolved.design.link_of(resource.entity, LinkKind::Members)?;
    let entity = &resolved.design.entities[resource.entity];
    Some(memberless(create.origin, entity))
}

fn memberless(create: Span, entity: &Entity) -> Diagnostic {
    let (name, tenant) = (&entity.name, places::a(&entity.name));
    let message = format!("nobody would be the first member of {tenant} that is made without a token");
    Diagnostic::new(&NOBODYS_FIELD, create, message)
        .label(
            entity.origin,
            format!("whoever makes a `{name}` is its first member"),
        )
        .help("leave `public` out: whoever makes one needs a token")
}

fn nobody(resolved: &Resolved<'_>, route: Span, (entity, id): (EntityId, FieldId)) -> Diagnostic {
    let of = &resolved.design.entities[entity];
    let name = &of.fields[id].name;
    let message =
        format!("this is `public`, and `{name}` needs a caller, whom a request without a token lacks");
    let found = Diagnostic::new(&NOBODYS_FIELD, route, message).label(
        places::field_name(resolved, entity, id),
        "it is taken from the caller, and may not be empty",
    );
    if id == of.key {
        return found.help("leave `public` out");
    }
    found.help(format!(
        "make `{name}` optional by `?`: the rows of callers without a token are then nobody's; or leave `public` out"
    ))
}
