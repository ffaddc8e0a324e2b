//! More of E321: a value of the right kind, and of a type that is wider than the field it is put into.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{End, Measured, Misfit};

use super::type_mismatch::TYPE_MISMATCH;

/// Something with a type, as the author declared it.
pub(crate) struct Typed<'a> {
    /// Its name: `k`, `caller.plan`.
    pub(crate) name: &'a str,
    /// Its type as the design writes it.
    pub(crate) ty: &'a str,
    /// Where it is declared.
    pub(crate) declared: Span,
    /// What to declare it as, so that it fits the other.
    pub(crate) better: &'a str,
}

/// What the value is taken from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// An input of the action.
    Input,
    /// A field of the row.
    Field,
    /// A claim of the token.
    Claim,
}

/// Some value of `source` is none of `target`.
pub(crate) fn too_wide(
    span: Span,
    (from, source): (From, &Typed<'_>),
    target: &Typed<'_>,
    misfit: &Misfit,
) -> Diagnostic {
    let why = why(misfit, "it", &format!("`{}`", target.name));
    let message = format!("`{}` cannot hold every `{}`: {why}", target.name, source.name);
    declared(Diagnostic::new(&TYPE_MISMATCH, span, message), source, target)
        .help(remedy(from, source, target))
}

/// What may be empty is put into a field that may not be.
pub(crate) fn may_be_empty(span: Span, (from, source): (From, &Typed<'_>), target: &Typed<'_>) -> Diagnostic {
    let message = format!("`{}` may not be empty, and `{}` may be", target.name, source.name);
    declared(Diagnostic::new(&TYPE_MISMATCH, span, message), source, target).help(match from {
        From::Input => format!("declare `input {}: {}`", source.name, source.better),
        From::Field => format!(
            "make `{}` optional by `?`, or `{}` required",
            target.name, source.name
        ),
        From::Claim => format!(
            "a token may come without it: make `{}` optional by `?`",
            target.name
        ),
    })
}

fn declared(found: Diagnostic, source: &Typed<'_>, target: &Typed<'_>) -> Diagnostic {
    let label = |of: &Typed<'_>| format!("`{}` is `{}`", of.name, of.ty);
    let found = found.label(source.declared, label(source));
    if source.declared == target.declared {
        return found;
    }
    found.label(target.declared, label(target))
}

fn remedy(from: From, source: &Typed<'_>, target: &Typed<'_>) -> String {
    match from {
        From::Input => format!("declare `input {}: {}`", source.name, source.better),
        From::Field => format!(
            "declare `{}: {}`, or `{}: {}`",
            target.name, target.better, source.name, source.better
        ),
        From::Claim => format!(
            "a token says what it likes: declare `{}: {}`",
            target.name, source.ty
        ),
    }
}

/// The end of the sentence: `it may be up to 50, and `n` takes at most 9`.
fn why(misfit: &Misfit, it: &str, target: &str) -> String {
    match misfit {
        Misfit::Kind => format!("{it} is of another kind"),
        Misfit::Past(end) => past(end, it, target),
        Misfit::Untrimmed => {
            format!("{it} may begin or end in white space, which `trim` keeps out of {target}")
        }
        Misfit::Pattern(pattern) => format!("{it} need not match `/{}/`", pattern.replace('/', "\\/")),
        Misfit::Form("email") => format!("{it} need not be an email address"),
        Misfit::Form(form) => format!("{it} need not be a {form}"),
        Misfit::Scale { has, wanted } => {
            format!(
                "{it} has {} after the point, and {target} has {wanted}",
                digits(*has)
            )
        }
        Misfit::Item(inner) => why(inner, "an item", &format!("one of {target}")),
    }
}

fn past(end: &End, it: &str, target: &str) -> String {
    let wanted = &end.wanted;
    let has = end.has.as_deref();
    let of = match end.of {
        Measured::Value => return past_number(end, it, target),
        Measured::Digits => "digits before the point",
        Measured::Characters => "characters",
        Measured::Items => "items",
    };
    match (end.upper, has) {
        (true, Some(has)) => format!("{it} may have {has} {of}, and {target} at most {wanted}"),
        (true, None) => format!("{it} may have any number of {of}, and {target} at most {wanted}"),
        (false, Some("0") | None) => format!("{it} may be empty, and {target} has at least {wanted} {of}"),
        (false, Some(has)) => {
            format!("{it} may have only {has} {of}, and {target} has at least {wanted}")
        }
    }
}

fn past_number(end: &End, it: &str, target: &str) -> String {
    let wanted = &end.wanted;
    match (end.upper, &end.has) {
        (true, Some(has)) => format!("{it} may be {has}, and {target} at most {wanted}"),
        (true, None) => format!("{it} has no maximum, and {target} is at most {wanted}"),
        (false, Some(has)) => format!("{it} may be {has}, and {target} at least {wanted}"),
        (false, None) => format!("{it} has no minimum, and {target} is at least {wanted}"),
    }
}

fn digits(count: u8) -> String {
    format!("{count} {}", if count == 1 { "digit" } else { "digits" })
}
