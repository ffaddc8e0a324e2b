//! W331.

use groma_access::{Analysis, Situation};
use groma_diag::{Diagnostic, Span};
use groma_ir::access::Access;
use groma_ir::design::{Action, ActionId, Assign, Entity, EntityId, FieldId, Term};

use super::guarded_field::guarded;
use super::page::rule;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// A field that only some may read is not told by what a change is refused for, nor by another field.
    ///
    /// ## Why
    /// `deny read(pay)` makes the pay null for whom it names. Where a `check` compares it with a field that they may
    /// write, ten changes of that field find it out: each is taken or refused. An error of an action, or a state in which
    /// it begins, answers one question about the field; `set shown = pay` copies it. Where it is meant,
    /// `decision Person.pay = told because "..."` says so.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "staff"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles hr from claim role
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Person {
    ///   id: uuid key
    ///   pay: int(0..1000000)
    ///   cap: int(0..1000000)
    ///   check pay <= cap
    /// }
    /// access Person {
    ///   allow read to authenticated
    ///   allow update(cap) to authenticated
    ///   deny read(pay) to everyone except hr
    /// }
    /// resource /people for Person { read; update { accept cap } }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "staff"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles hr from claim role
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Person {
    ///   id: uuid key
    ///   pay: int(0..1000000)
    ///   cap: int(0..1000000)
    ///   check pay <= cap
    /// }
    /// access Person {
    ///   allow read to authenticated
    ///   allow update(cap) to hr
    ///   deny read(pay) to everyone except hr
    /// }
    /// resource /people for Person { read; update { accept cap } }
    Warning TOLD_FIELD "W331" "told-field"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        let hidden = guarded(entity);
        if hidden.is_empty() || !rules_are_whole(resolved, id) {
            continue;
        }
        for (field, rule) in hidden {
            let topic = format!("{}.{}", entity.name, entity.fields[field].name);
            if resolved.map.decided.contains(&topic) {
                continue;
            }
            let hidden = Hidden {
                resolved,
                analysis: &analysis,
                id,
                entity,
                field,
            };
            found.extend(hidden.told().iter().map(|told| told_field(&hidden, told, rule)));
        }
    }
    found
}

/// A field that only some may read.
struct Hidden<'h, 'd> {
    resolved: &'h Resolved<'h>,
    analysis: &'h Analysis<'d>,
    id: EntityId,
    entity: &'h Entity,
    field: FieldId,
}

/// What tells its value: where that stands, to whom, in which case, and what can be done.
struct Told<'d> {
    place: Span,
    whom: String,
    case: Situation<'d>,
    help: String,
}

impl<'d> Hidden<'_, 'd> {
    /// Everything that tells its value, in the order of the design.
    fn told(&self) -> Vec<Told<'d>> {
        let mut told: Vec<Told<'d>> = self.by_checks().chain(self.by_moves()).collect();
        for (action, declared) in self.entity.actions.entries() {
            told.extend(self.by_answers(action, declared));
            told.extend(self.by_copies(declared));
        }
        told
    }

    /// Checks that compare it with what is written.
    fn by_checks(&self) -> impl Iterator<Item = Told<'d>> {
        let checks = self.entity.checks.iter();
        let about = checks.filter_map(|check| {
            let fields = check.cond.fields();
            fields.contains(&self.field).then_some((check.origin, fields))
        });
        about.filter_map(|(place, fields)| {
            let others = || fields.iter().filter(|other| **other != self.field);
            let by_field = others().find_map(|other| Some((self.written(*other)?, self.name(*other))));
            let written = by_field.map(|(case, other)| Told {
                place,
                whom: format!("whoever may change `{other}`"),
                case,
                help: format!("keep them from changing `{other}`"),
            });
            written.or_else(|| {
                let mut actions = self.entity.actions.entries();
                actions.find_map(|(action, declared)| {
                    let is_set = others().any(|other| sets(declared, *other));
                    let is_blind = is_set && !sets(declared, self.field);
                    is_blind.then(|| self.acted(place, action, declared)).flatten()
                })
            })
        })
    }

    /// Its own states: a move is taken or refused by the state in which it is.
    fn by_moves(&self) -> Option<Told<'d>> {
        let states = self.entity.states_of(self.field)?;
        Some(Told {
            place: states.origin,
            whom: format!("whoever may change `{}`", self.name(self.field)),
            case: self.written(self.field)?,
            help: String::from("keep them from changing it"),
        })
    }

    /// Errors of an action that ask for it, and the states in which it begins.
    fn by_answers(&self, action: ActionId, declared: &Action) -> Vec<Told<'d>> {
        let errors = declared.errors.iter();
        let errors = errors.filter(|error| error.when.fields().contains(&self.field));
        let moves = declared.moves.iter().filter(|moves| moves.field == self.field);
        let begins = moves.map(|_| declared.origin);
        let places = errors.map(|error| error.origin).chain(begins);
        places
            .filter_map(|place| self.acted(place, action, declared))
            .collect()
    }

    /// What an action copies it to.
    fn by_copies(&self, declared: &Action) -> Vec<Told<'d>> {
        let is_it = |assign: &Assign| match assign {
            Assign::Term(Term::Field { field, .. }) | Assign::Not(field) => *field == self.field,
            Assign::Term(
                Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Input(_) | Term::Value(_),
            ) => false,
        };
        let copies = declared.sets.iter();
        let copies = copies
            .filter(|(to, assign)| *to != self.field && is_it(assign) && self.entity.fields[*to].leaves());
        copies
            .filter_map(|(to, _)| {
                let to_name = self.name(*to);
                Some(Told {
                    place: declared.origin,
                    whom: format!(
                        "`{}` copies it, so that whoever may read `{to_name}`",
                        declared.name
                    ),
                    case: self.analysis.sees_instead(self.id, *to, self.field)?,
                    help: format!("let `{to_name}` be read by the same"),
                })
            })
            .collect()
    }

    /// Who writes a field by a route that leaves this one as it is, and may not see it.
    fn written(&self, other: FieldId) -> Option<Situation<'d>> {
        let resources = self.resolved.design.resources.iter();
        let mut of_entity = resources.filter(|resource| resource.entity == self.id);
        let leaves_it = |accept: &[FieldId]| !accept.contains(&self.field) || self.field == other;
        let is_written = of_entity.any(|resource| {
            let update = resource.update.iter().any(|it| it.accept.contains(&other));
            let mut replace = resource.replace.iter();
            update || replace.any(|it| it.accept.contains(&other) && leaves_it(&it.accept))
        });
        is_written.then(|| self.analysis.writes_unseeing(self.id, other, self.field))?
    }

    fn acted(&self, place: Span, action: ActionId, declared: &Action) -> Option<Told<'d>> {
        let name = &declared.name;
        Some(Told {
            place,
            whom: format!("whoever may `{name}`"),
            case: self.analysis.acts_unseeing(self.id, action, self.field)?,
            help: format!("keep them from `{name}`"),
        })
    }

    fn name(&self, field: FieldId) -> &str {
        &self.entity.fields[field].name
    }
}

/// Whether an action writes a field.
fn sets(action: &Action, field: FieldId) -> bool {
    let moves = action.moves.as_ref();
    moves.is_some_and(|moves| moves.field == field) || action.sets.iter().any(|(set, _)| *set == field)
}

fn told_field(hidden: &Hidden<'_, '_>, told: &Told<'_>, rule: Span) -> Diagnostic {
    let (whom, name) = (&told.whom, hidden.name(hidden.field));
    let might = if told.case.is_sure() {
        ""
    } else {
        "it may be that "
    };
    let message = format!("{might}{whom} finds out `{name}`, which they may not read");
    Diagnostic::new(&TOLD_FIELD, told.place, message)
        .label(rule, format!("who may read `{name}`"))
        .note(format!("the case: {}", told.case.words().join(", ")))
        .help(format!(
            "{}, or let them read `{name}`; or, if it is meant, say so: `decision {}.{name} = told because \"...\"`",
            told.help, hidden.entity.name
        ))
}
