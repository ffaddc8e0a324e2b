//! W434.

use groma_access::Analysis;
use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, Pred};

use super::page::rule;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// An error of an action is told to somebody.
    ///
    /// ## Why
    /// Rules and states are asked first: who may not act gets a 403, a 404 or a 409, and no error of the action. `allow take to
    /// authenticated when expires > now` and `error expired 410 when expires <= now` say the same twice, and the 410 is
    /// never seen. Leave it to one of them: the rule, where nobody shall know more; the error, where whoever may act shall
    /// be told why they cannot.
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
    /// entity Offer {
    ///   id: uuid key
    ///   taken: bool = false
    ///   expires: datetime = now + 7d readonly
    ///   owner: User = caller readonly
    /// }
    /// access Offer {
    ///   allow create to authenticated
    ///   allow read to authenticated
    ///   allow take to authenticated when expires > now
    /// }
    /// resource /offers for Offer {
    ///   create
    ///   read
    ///   action take {
    ///     set taken = true
    ///     error expired 410 when expires <= now
    ///   }
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
    /// entity Offer {
    ///   id: uuid key
    ///   taken: bool = false
    ///   expires: datetime = now + 7d readonly
    ///   owner: User = caller readonly
    /// }
    /// access Offer {
    ///   allow create to authenticated
    ///   allow read to authenticated
    ///   allow take to authenticated
    /// }
    /// resource /offers for Offer {
    ///   create
    ///   read
    ///   action take {
    ///     set taken = true
    ///     error expired 410 when expires <= now
    ///   }
    /// }
    Warning UNTOLD_ERROR "W434" "untold-error"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        if !rules_are_whole(resolved, id) {
            continue;
        }
        for (action, declared) in entity.actions.entries() {
            let untold = declared.errors.iter().filter(|error| {
                resolved.is_sound(error.origin)
                    && analysis.is_untold(id, action, &Pred::from_cond(&error.when))
            });
            found.extend(untold.map(|error| untold_error(error.origin, &error.name, &declared.name)));
        }
    }
    found
}

fn untold_error(span: Span, error: &str, action: &str) -> Diagnostic {
    Diagnostic::new(
        &UNTOLD_ERROR,
        span,
        format!("`{error}` is never told: on each row for which it holds, `{action}` is refused before"),
    )
    .help(format!(
        "take the condition out of the rule of `{action}`, or the state into its `from`, so that somebody is told; or \
         leave the error out"
    ))
}
