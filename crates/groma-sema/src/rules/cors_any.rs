//! E406.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// `cors` does not allow every origin together with credentials.
    ///
    /// ## Why
    /// Any site that a signed-in person visits could act in their name. Browsers refuse the combination, and servers
    /// that work around them open the hole.
    ///
    /// ## Bad
    /// service Notes {
    ///   errors validation 400
    ///   cors origins * credentials
    /// }
    ///
    /// ## Good
    /// service Notes {
    ///   errors validation 400
    ///   cors origins env WEB_ORIGINS credentials
    /// }
    Error CORS_ANY "E406" "cors-any-with-credentials"
}

pub(crate) fn cors_any(any: Span, credentials: Span) -> Diagnostic {
    Diagnostic::new(&CORS_ANY, any, "every origin may call, and with credentials")
        .label(credentials, "credentials are allowed here")
        .help("list the origins that may: `origins env WEB_ORIGINS credentials`")
}
