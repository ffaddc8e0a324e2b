//! E311.

use groma_access::Analysis;
use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::Design;
use groma_ir::access::{Access, Atom, CallerFacts, Pred};
use groma_ir::design::{Default, Entity, EntityId, FieldId, Resource, ResourceId};

use super::gains::{Gained, gained};
use super::page::rule;
use super::places;
use super::reach::{Ordinary, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// A body does not hold what decides access.
    ///
    /// ## Why
    /// Whoever may write the owner of a row makes rows in anyone's name, or makes themself the owner and may do all that
    /// an owner may. It is said of the owner in `create`, unless a rule asks that it be the caller; and of a reference to
    /// a user in `update` and `replace`, if somebody who may change it, alone or with another field that rules ask for,
    /// may then do more to the row than before: the smallest case is shown. A rule about the field alone,
    /// `deny update(assignee) to everyone except owner`, settles it.
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
    ///   title: text(1..200)
    ///   owner: User = caller
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   create
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
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to owner
    /// }
    /// resource /notes for Note {
    ///   create
    ///   read
    /// }
    Error ACCEPTED_ACCESS_FIELD "E311" "accepted-access-field"
}

/// Each of these is compared with every rule: nobody gives rows more people than this.
const MOST_USERS: usize = 64;

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let signed_in = Ordinary::of(&resolved.design).signed_in;
    let analysis = Analysis::new(&resolved.design, access);
    let mut found = Vec::new();
    for (id, resource, _) in places::resources(resolved) {
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let here = Here {
            resolved,
            access,
            analysis: &analysis,
            signed_in,
            id,
            resource,
        };
        for field in here.users().take(MOST_USERS) {
            let slip = here.forged(field).or_else(|| here.taken_over(field));
            found.extend(slip.map(|slip| here.phrase(field, &slip)));
        }
    }
    found
}

/// One resource.
struct Here<'h, 'r> {
    resolved: &'h Resolved<'r>,
    access: &'h Access,
    analysis: &'h Analysis<'h>,
    signed_in: CallerFacts,
    id: ResourceId,
    resource: &'h Resource,
}

/// What is wrong with accepting a field.
enum Slip<'h> {
    /// Rows are made in anyone's name.
    Forged,
    /// Whoever may change the row makes it theirs, and may then do more.
    TakenOver {
        operation: &'static str,
        gained: Gained<'h>,
    },
}

impl<'h> Here<'h, '_> {
    fn entity_id(&self) -> EntityId {
        self.resource.entity
    }

    fn entity(&self) -> &'h Entity {
        &self.resolved.design.entities[self.resource.entity]
    }

    fn design(&self) -> &'h Design {
        &self.resolved.design
    }

    /// References to the callers' entity.
    fn users(&self) -> impl Iterator<Item = FieldId> + use<'h> {
        let caller = self.design().caller_entity();
        let fields = self.entity().fields.entries();
        fields
            .filter(move |(_, field)| caller.is_some() && field.ty.target() == caller)
            .map(|(id, _)| id)
    }

    fn forged(&self, field: FieldId) -> Option<Slip<'h>> {
        self.resource.create.as_ref()?;
        let is_owner = self.entity().fields[field].default == Some(Default::Caller);
        if !is_owner || !self.resource.created(self.design()).contains(&field) {
            return None;
        }
        let pred = self.access.of(self.entity_id()).create.field(field);
        let left = pred.for_caller(&self.signed_in);
        (!left.is_never() && !asks_for(&left, field)).then_some(Slip::Forged)
    }

    fn is_in_path(&self, field: FieldId) -> bool {
        self.resource.parent().is_some_and(|parent| parent.field == field)
    }

    fn taken_over(&self, field: FieldId) -> Option<Slip<'h>> {
        let writes = [
            ("update", &self.resource.update),
            ("replace", &self.resource.replace),
        ];
        let (operation, _) = writes
            .into_iter()
            .find(|(_, write)| write.as_ref().is_some_and(|write| write.accept.contains(&field)))?;
        let gained = gained(self.analysis, self.design(), self.entity_id(), field)?;
        Some(Slip::TakenOver { operation, gained })
    }

    fn phrase(&self, field: FieldId, slip: &Slip<'_>) -> Diagnostic {
        let declared = &self.entity().fields[field];
        let name = &declared.name;
        let operation = match slip {
            Slip::Forged => "create",
            Slip::TakenOver { operation, .. } => operation,
        };
        let ast = places::resource(self.resolved, self.id);
        let said = ast.and_then(|ast| places::accepted(ast, operation, name));
        let found = match slip {
            Slip::Forged if self.is_in_path(field) => {
                return forged_by_path(places::route(self.resolved, self.id), name, &self.entity().plural)
                    .label(declared.origin, "the field");
            }
            Slip::Forged => forged(said.unwrap_or(declared.origin), name, &self.entity().plural),
            Slip::TakenOver { gained, .. } => {
                taken_over(said.unwrap_or(declared.origin), (name, operation), gained)
            }
        };
        let found = match said {
            Some(_) => found.label(declared.origin, "the field"),
            None => found,
        };
        match slip {
            Slip::Forged if said.is_none() => found
                .help(format!("make `{name}` `readonly`, so that the server alone writes it"))
                .suggestion("make it `readonly`", [Edit::after(declared.origin, " readonly")]),
            Slip::Forged => found.help(format!("leave `{name}` out of `accept`, and make it `readonly`")),
            Slip::TakenOver { .. } => found.help(format!(
                "leave `{name}` out of `{operation}`, or say who may change it: `deny update({name}) to everyone except ..`"
            )),
        }
    }
}

/// Whether a predicate holds only for the user that the field refers to.
fn asks_for(pred: &Pred, field: FieldId) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().any(|part| asks_for(part, field)),
        Pred::Any(parts) => !parts.is_empty() && parts.iter().all(|part| asks_for(part, field)),
        Pred::Atom(Atom::IsCaller { path, .. }) => path.steps == [field],
        Pred::Not(_) | Pred::Atom(_) => false,
    }
}

fn forged(span: Span, name: &str, plural: &str) -> Diagnostic {
    let rows = plural.replace('_', " ");
    Diagnostic::new(
        &ACCEPTED_ACCESS_FIELD,
        span,
        format!("a body may hold `{name}`, so callers make {rows} in anyone's name"),
    )
}

fn forged_by_path(span: Span, name: &str, plural: &str) -> Diagnostic {
    let rows = plural.replace('_', " ");
    Diagnostic::new(
        &ACCEPTED_ACCESS_FIELD,
        span,
        format!("the path says `{name}`, so callers make {rows} in anyone's name"),
    )
    .help(format!(
        "say whose rows they may make: `deny create to everyone except new.{name}`"
    ))
}

fn taken_over(span: Span, (name, operation): (&str, &str), gained: &Gained<'_>) -> Diagnostic {
    let verb = gained.verb;
    let found = Diagnostic::new(
        &ACCEPTED_ACCESS_FIELD,
        span,
        format!(
            "`{operation}` takes `{name}`, so whoever may change the row can make it theirs and {verb} it"
        ),
    );
    gained.explain(found, format!("this gives `{name}` more"))
}
