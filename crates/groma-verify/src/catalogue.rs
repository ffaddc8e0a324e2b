//! The checks: what each promises, and which standard asks for it.

use crate::report::Severity;

/// A check of the catalogue.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Check {
    /// Its stable id.
    pub(crate) id: &'static str,
    /// What it promises.
    pub(crate) title: &'static str,
    /// The standard that asks for it.
    pub(crate) standard: Option<&'static str>,
    /// How bad a failure is.
    pub(crate) severity: Severity,
}

macro_rules! checks {
    ($($name:ident $severity:ident $title:literal $(, $standard:literal)?;)*) => {
        $(
            #[doc = $title]
            pub(crate) static $name: Check = Check {
                id: stringify!($name),
                title: $title,
                standard: checks!(@standard $($standard)?),
                severity: Severity::$severity,
            };
        )*

        /// Every check, in order.
        pub(crate) static ALL: &[&Check] = &[$(&$name),*];
    };
    (@standard) => { None };
    (@standard $standard:literal) => { Some($standard) };
}

checks! {
    F01 High "what is written comes back in its canonical form, defaults and the server's own values filled in";
    F02 Medium "each operation answers with its status, headers, content type and body schema", "RFC 9110";
    F03 High "a list holds exactly the rows that the caller may get, no more and no fewer";
    F04 High "every filter, named filter and search keeps exactly the matching rows";
    F05 High "every sort is total and puts empty values last";
    F06 High "a walk through the pages meets every row exactly once, also while others write";
    F07 High "PATCH changes what is sent and nothing else, null clears; PUT puts every writable field in place", "RFC 7396; RFC 5789; RFC 9110 §9.3.4";
    F08 High "a deleted row is gone everywhere, and rows that pointed at it follow their declaration";
    F09 High "declared transitions and actions succeed; all others refuse and change nothing";
    F10 High "any sequence of requests has the outcome that the design gives it";
    V01 Medium "a missing required field and a null in a field that may not be empty are refused";
    V02 Medium "a value of another JSON type is refused, never coerced";
    V03 Medium "bounds of length, number and count hold exactly, in code points";
    V04 Medium "an enum takes its variants and nothing like them";
    V05 Medium "formats are held to: uuid, email, url, date, time, instant, decimal, slug", "RFC 3339; RFC 9562";
    V06 Medium "unknown and repeated members and deep nesting are refused", "RFC 8259 §4";
    V07 Medium "numbers that do not fit are refused, never rounded", "RFC 8259 §6";
    V08 High "a reference to a missing row and to an invisible one give the same answer", "OWASP API1:2023";
    V09 Medium "malformed JSON, a wrong content type, an empty body and bad UTF-8 are refused", "RFC 8259; RFC 9110 §15.5.16";
    V10 High "text that other languages would run comes back as it was sent", "OWASP ASVS 5.0 V1.2; CWE-89";
    V11 High "a row that would break a check is refused, and every check that it breaks is told at once";
    Z01 Critical "nothing but public routes answers without a token", "OWASP API2:2023; RFC 6750 §3";
    Z02 Critical "each role may do exactly what the design lets it do", "OWASP API5:2023; ASVS 5.0 V8.2.1";
    Z03 Critical "a row is read by exactly those who may read it", "OWASP API1:2023; ASVS 5.0 V8.2.2";
    Z04 Critical "a row is changed and deleted by exactly those who may; a refused write changes nothing", "OWASP API1:2023; ASVS 5.0 V8.2.2";
    Z05 Critical "lists, counts and reports leave out what the caller may not see", "OWASP API1:2023; ASVS 5.0 V8.2.2";
    Z06 Critical "nothing is filtered or sorted by what the caller may not see", "OWASP API3:2023; CWE-203";
    Z07 Critical "an embedded row follows its own rule, and a narrowed item holds what was asked for", "OWASP API1:2023, API3:2023";
    Z08 Critical "fields that never leave are in no answer", "OWASP API3:2023; ASVS 5.0 V8.2.3";
    Z09 Critical "fields that the caller may not write are refused in every body", "OWASP API3:2023; ASVS 5.0 V15.3.3";
    Z10 Critical "nobody can give a row to another owner or parent against the rules", "OWASP API3:2023; ASVS 5.0 V8.2.3";
    Z11 Critical "a row is reached below its own parent alone", "OWASP API1:2023";
    Z12 High "a row that is not there and one that may not be seen answer alike", "OWASP API1:2023; CWE-203";
    Z13 Critical "each part of a rule decides by itself, where no other part does", "ASVS 5.0 V8.2.1, V8.2.2";
    Z14 Critical "who is no member any more, and with whom a row is not shared any more, is denied at once", "ASVS 5.0 V8.3.2";
    Z15 High "of several rows in one request each follows its own rule", "OWASP API1:2023";
    Z16 Critical "no header, no cookie, no query and no other spelling of a path leads around the routes", "OWASP API5:2023; ASVS 5.0 V4.1.3";
    J01 Critical "an absent, empty, doubled or otherwise odd Authorization header is a 401 with a challenge", "RFC 6750 §3; RFC 9110 §11.6.1";
    J02 Critical "an unsigned token is refused in every spelling of `none`", "RFC 8725 §3.1; ASVS 5.0 V9.1.2";
    J03 Critical "a token that was altered, or signed by a key that is not the issuer's, is refused", "RFC 8725 §3.3; ASVS 5.0 V9.1.1";
    J04 Critical "a public key is never taken as a secret", "RFC 8725 §2.1; ASVS 5.0 V9.1.2";
    J05 Critical "keys that a token brings along in its header are ignored", "RFC 8725 §3.10; ASVS 5.0 V9.1.3";
    J06 Critical "a `kid` that is unknown, huge or hostile is a 401, never a fault", "RFC 8725 §3.10";
    J07 Critical "exp, nbf and iat are required and honoured as the design says, with at most a minute's leeway", "RFC 7519 §4.1; ASVS 5.0 V9.2.1";
    J08 Critical "a token for another audience or from another issuer is refused", "RFC 8725 §3.8, §3.9; ASVS 5.0 V9.2.3";
    J09 High "a valid token is let in";
    J10 High "an unknown `crit` and an unencoded payload are refused", "RFC 7515 §4.1.11; RFC 7797";
    J11 Critical "roles are read from text, a list and comma-separated text, and from nothing else";
    E01 Medium "every error is a problem document that agrees with its status line and the specification", "RFC 9457";
    E02 High "no answer tells of the inside: no stack, no SQL, no path, no token", "OWASP API8:2023; ASVS 5.0 V16.5.1";
    E03 Medium "404, 405 with a complete Allow, 406, 413 and 415 stand where they should", "RFC 9110 §15.5";
    E04 Medium "every mistake of a body is reported at once, each with its pointer";
    E05 High "no request brings a 5xx or breaks the service", "ASVS 5.0 V16.5.3";
    E06 Low "private answers are not stored, and every answer carries the security headers", "RFC 9111 §5.2; ASVS 5.0 V3.4";
    E07 Medium "HEAD and OPTIONS agree with GET and the routes", "RFC 9110 §9.3.2, §9.3.7";
    C01 Medium "the tag of an item changes exactly when the item does; If-None-Match brings a 304", "RFC 9110 §13.1.2";
    C02 High "a stale If-Match is a 412 that changes nothing, a missing one a 428 where it is required", "RFC 9110 §13.1.1; RFC 6585 §3";
    C03 High "of changes at the same moment, made of one version, one is carried out", "RFC 9110 §13.1.1; CWE-362";
    C04 High "no two rows share values that are unique, made at the same moment or not; others are not refused for it";
    C05 Medium "a request that is sent again with its Idempotency-Key is done once; with another body it is a 422; the key is its caller's own", "draft-ietf-httpapi-idempotency-key-header";
}
