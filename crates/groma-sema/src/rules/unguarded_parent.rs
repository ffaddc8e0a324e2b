//! W312.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::access::{Access, Atom, Pred};
use groma_ir::design::{Effect, Entity, FieldId, Path, Resource, ResourceId, Rule, Term, Verb, Who};

use super::page::rule;
use super::places;
use super::reach::{Ordinary, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Nobody puts a row under a parent that they have no right to.
    ///
    /// ## Why
    /// Where access comes from a parent, such as a project, whoever may write the reference puts rows into other
    /// people's projects, and gives away or takes what the parent decides. A rule that asks for a right on the new
    /// parent makes it safe, and silences this.
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Project {
    ///   allow read, update to owner
    /// }
    /// access Task {
    ///   allow create to authenticated
    ///   allow read to owner, can read project
    /// }
    /// resource /tasks for Task {
    ///   create { accept project }
    ///   read
    /// }
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Project {
    ///   allow read, update to owner
    /// }
    /// access Task {
    ///   allow create to authenticated
    ///   allow read to owner, can read project
    ///   deny create to everyone except can update new.project when new.project != none
    /// }
    /// resource /tasks for Task {
    ///   create { accept project }
    ///   read
    /// }
    Warning UNGUARDED_PARENT "W312" "unguarded-parent"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let signed_in = Ordinary::of(&resolved.design).signed_in;
    let mut found = Vec::new();
    for (id, resource, _) in places::whole_resources(resolved) {
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let entity = &resolved.design.entities[resource.entity];
        let of = access.of(resource.entity);
        for (field, declared) in entity
            .fields
            .entries()
            .filter(|(_, field)| field.ty.target().is_some())
        {
            let Some(gives) = entity.rules.iter().find(|rule| gives(rule, field)) else {
                continue;
            };
            let is_open = |rule: &groma_ir::access::VerbRule| {
                let left = rule.field(field).for_caller(&signed_in);
                !left.is_never() && !guards(&left, field)
            };
            let writes = accepting(resource, field);
            let open: Vec<&str> = writes
                .into_iter()
                .filter(|operation| {
                    is_open(if *operation == "create" {
                        &of.create
                    } else {
                        &of.update
                    })
                })
                .collect();
            if let Some(first) = open.first() {
                let place = place(resolved, id, first, &declared.name);
                let edit = guard(resolved, entity, field, &open);
                found.push(unguarded(place, gives, (entity, field), edit));
            }
        }
    }
    found
}

/// Whether a rule gives access by the row that the field refers to.
fn gives(rule: &Rule, field: FieldId) -> bool {
    let mut who = rule.who.iter();
    rule.effect == Effect::Allow
        && who.any(|who| match who {
            Who::Can { path, .. } => begins(path, field),
            Who::Path(path) => begins(path, field) && path.steps.len() > 1,
            Who::Everyone | Who::Authenticated | Who::Role(_) => false,
        })
}

fn begins(path: &Path, field: FieldId) -> bool {
    path.steps.first() == Some(&field)
}

/// The operations whose body may hold the field.
fn accepting(resource: &Resource, field: FieldId) -> Vec<&'static str> {
    let create = resource.create.as_ref().map(|it| ("create", &it.accept));
    let update = resource.update.as_ref().map(|it| ("update", &it.accept));
    let replace = resource.replace.as_ref().map(|it| ("replace", &it.accept));
    let all = create.into_iter().chain(update).chain(replace);
    all.filter(|(_, accept)| accept.contains(&field))
        .map(|(operation, _)| operation)
        .collect()
}

/// Whether every way through the predicate asks something of the field. Of which state of the row does not matter:
/// what is asked before a change is asked again after it.
fn guards(pred: &Pred, field: FieldId) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().any(|part| guards(part, field)),
        Pred::Any(parts) => !parts.is_empty() && parts.iter().all(|part| guards(part, field)),
        Pred::Not(part) => part.any_atom(&|atom| speaks_of(atom, field)),
        Pred::Atom(atom) => speaks_of(atom, field),
    }
}

fn speaks_of(atom: &Atom, field: FieldId) -> bool {
    let is_it = |term: &Term| matches!(term, Term::Field { field: of, .. } if *of == field);
    match atom {
        Atom::IsCaller { path, .. } | Atom::Exists { path, .. } => begins(path, field),
        Atom::Compare { left, right, .. } => is_it(left) || is_it(right),
        Atom::In { term, .. } | Atom::IsNone(term) => is_it(term),
        Atom::Authenticated | Atom::Role(_) | Atom::IsTrue { .. } | Atom::ClaimIsTrue(_) => false,
    }
}

fn place(resolved: &Resolved<'_>, id: ResourceId, operation: &str, field: &str) -> Span {
    let resource = &resolved.design.resources[id];
    let ast = places::resource(resolved, id);
    let said = ast.and_then(|ast| places::accepted(ast, operation, field));
    said.unwrap_or_else(|| match operation {
        "create" => resource.create.as_ref().map_or(resource.origin, |it| it.origin),
        "update" => resource.update.as_ref().map_or(resource.origin, |it| it.origin),
        _ => resource.replace.as_ref().map_or(resource.origin, |it| it.origin),
    })
}

/// The rule that would guard it, and the edit that writes it.
fn guard(resolved: &Resolved<'_>, entity: &Entity, field: FieldId, open: &[&str]) -> (String, Vec<Edit>) {
    let declared = &entity.fields[field];
    let name = &declared.name;
    let update = format!("update({name})");
    let mut verbs: Vec<&str> = Vec::new();
    verbs.extend(open.contains(&"create").then_some("create"));
    verbs.extend(open.iter().any(|it| *it != "create").then_some(update.as_str()));
    let when = if declared.optional {
        format!(" when new.{name} != none")
    } else {
        String::new()
    };
    let target = declared
        .ty
        .target()
        .map(|target| &resolved.design.entities[target]);
    let may_update = target.is_some_and(|target| super::verb_without_rule::is_allowed(target, Verb::Update));
    let verb = if may_update { "update" } else { "read" };
    let line = format!(
        "deny {} to everyone except can {verb} new.{name}{when}",
        verbs.join(", ")
    );
    let access = entity
        .access_origin
        .map(|access| places::at_end(resolved.sources, access, &line));
    (line, access.unwrap_or_default())
}

fn unguarded(
    place: Span,
    gives: &Rule,
    (entity, field): (&Entity, FieldId),
    (line, edit): (String, Vec<Edit>),
) -> Diagnostic {
    let name = &entity.fields[field].name;
    let rows = entity.plural.replace('_', " ");
    let found = Diagnostic::new(
        &UNGUARDED_PARENT,
        place,
        format!("callers may put {rows} under any `{name}`, also one that they have no right to"),
    )
    .label(gives.origin, format!("`{name}` decides access here"))
    .help(format!("ask for a right on the new one: `{line}`"));
    if edit.is_empty() {
        found
    } else {
        found.suggestion("add the rule", edit)
    }
}
