//! W438.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, Atom, Pred};
use groma_ir::design::{Term, Type};
use groma_ir::scalar::Scalar;

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// A row that is found by what anybody can guess is for somebody in particular.
    ///
    /// ## Why
    /// `find by` needs no right to read the row: that somebody knows the value is taken for one. An e-mail address, a
    /// number or a short code can be guessed or tried one after the other. Let the value be a `secret(..)`, or let the rule
    /// ask that the row is the caller's: `when email == caller.mail and caller.proved`.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   claims mail: text from claim email, proved: bool from claim emailVerified
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Invitation {
    ///   id: uuid key
    ///   email: email unique
    ///   used: bool = false
    /// }
    /// access Invitation {
    ///   allow create, read to authenticated
    ///   allow accept to authenticated
    /// }
    /// resource /invitations for Invitation {
    ///   create { accept email }
    ///   action accept {
    ///     input email: email
    ///     find by email
    ///     set used = true
    ///   }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   claims mail: text from claim email, proved: bool from claim emailVerified
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Invitation {
    ///   id: uuid key
    ///   email: email unique
    ///   used: bool = false
    /// }
    /// access Invitation {
    ///   allow create, read to authenticated
    ///   allow accept to authenticated when email == caller.mail and caller.proved
    /// }
    /// resource /invitations for Invitation {
    ///   create { accept email }
    ///   action accept {
    ///     input email: email
    ///     find by email
    ///     set used = true
    ///   }
    /// }
    Warning GUESSED_ROW "W438" "guessed-row"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        for (action, declared) in entity.actions.entries() {
            let Some(find) = declared.find.filter(|_| resolved.is_sound(declared.origin)) else {
                continue;
            };
            let field = &entity.fields[find.field];
            let is_secret = matches!(field.ty, Type::Scalar(Scalar::Secret(_) | Scalar::Uuid));
            let rule = access.of(id).action(action);
            if !is_secret && !rule.is_never() && !is_about_caller(rule) {
                let input = declared.inputs[find.input].origin;
                found.push(guessed_row(input, &field.name, &declared.name));
            }
        }
    }
    found
}

/// Whether a rule asks who the caller is, and not only whether there is one.
fn is_about_caller(rule: &Pred) -> bool {
    let is_claim = |term: &Term| matches!(term, Term::Claim(_) | Term::Caller);
    rule.any_atom(&|atom| match atom {
        Atom::IsCaller { .. } | Atom::Linked { .. } | Atom::Exists { .. } | Atom::Role(_) => true,
        Atom::Compare { left, right, .. } => is_claim(left) || is_claim(right),
        Atom::In { term, set } => is_claim(term) || set.iter().any(is_claim),
        Atom::Authenticated | Atom::IsNone(_) | Atom::IsTrue { .. } | Atom::ClaimIsTrue(_) => false,
    })
}

fn guessed_row(span: Span, field: &str, action: &str) -> Diagnostic {
    Diagnostic::new(
        &GUESSED_ROW,
        span,
        format!("whoever guesses the `{field}` of a row may `{action}` it"),
    )
    .help(format!(
        "let `{field}` be a `secret(..)`, or let the rule of `{action}` ask whether the row is the caller's"
    ))
}
