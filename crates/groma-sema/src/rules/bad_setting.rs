//! E208.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A setting gets a value that it understands.
    ///
    /// ## Why
    /// A setting that is not understood would have no effect, and those of `auth`, `cors` and `limits` are what keeps
    /// the service safe.
    ///
    /// ## Bad
    /// service Notes {
    ///   errors validation 409
    /// }
    ///
    /// ## Good
    /// service Notes {
    ///   errors validation 422
    /// }
    Error BAD_SETTING "E208" "bad-setting"
}

/// `setting` takes `wanted`.
pub(crate) fn bad_setting(span: Span, setting: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(&BAD_SETTING, span, format!("`{setting}` takes {wanted}"))
}

/// A setting that has to be said is not.
pub(crate) fn missing(span: Span, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(&BAD_SETTING, span, message).help(help)
}

/// An origin with a path, a wildcard, or without a scheme.
pub(crate) fn bad_origin(span: Span, origin: &str) -> Diagnostic {
    Diagnostic::new(&BAD_SETTING, span, format!("`{origin}` is no origin"))
        .help("an origin is a scheme, a host and maybe a port, and nothing more: `https://app.example.org`")
}
