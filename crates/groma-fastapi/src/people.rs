//! Who calls in tests. Alice, Bob and the others have keys of the type that callers have, which `tests/conftest.py` makes
//! of their names.

use groma_ir::design::{Auth, CallerClaim, ClaimType};
use groma_ir::scalar::Scalar;

use crate::callers;
use crate::cx::Cx;
use crate::python::{Block, Imports, string};

/// The longest name that tests give somebody who is new each time: a UUID, a hyphen and a name.
const LONGEST: u32 = 42;
/// The shortest name of them all.
const SHORTEST: u32 = 3;
/// How many numbers `crc32` gives.
const NUMBERS: i128 = 1 << 32;

/// Whether a name is a key as it stands.
fn are_keys(key: &Scalar) -> bool {
    match key {
        Scalar::Uuid | Scalar::Int(_) => false,
        other => {
            let (least, most) = callers::lengths(other);
            least <= SHORTEST && most >= LONGEST
        }
    }
}

/// Somebody's key as rows hold it.
pub(crate) fn key(cx: &Cx<'_>, imports: &mut Imports, name: &str) -> String {
    let auth = cx.model.design.auth.as_ref();
    if auth.is_none_or(|auth| are_keys(&callers::key_of(cx, auth))) {
        return string(name);
    }
    format!("{}({})", imports.name("tests.conftest", "key_of"), string(name))
}

/// The key of whoever `subject` names, as tokens hold it: `sub` is text (RFC 7519), another claim may be a number.
pub(crate) fn claim(cx: &Cx<'_>, auth: &Auth) -> &'static str {
    match callers::key_of(cx, auth) {
        Scalar::Int(_) if auth.caller_claim != "sub" => "key_of(subject)",
        Scalar::Int(_) | Scalar::Uuid => "str(key_of(subject))",
        other if are_keys(&other) => "subject",
        _ => "key_of(subject)",
    }
}

/// What makes keys of names; nothing where names are keys.
pub(crate) fn key_function(cx: &Cx<'_>, imports: &mut Imports, auth: &Auth) -> Option<Block> {
    let key = callers::key_of(cx, auth);
    if are_keys(&key) {
        return None;
    }
    let (ty, made) = match &key {
        Scalar::Uuid => {
            let space = imports.name("uuid", "NAMESPACE_URL");
            let made = format!("{}({space}, name)", imports.name("uuid", "uuid5"));
            (imports.name("uuid", "UUID").to_owned(), made)
        }
        Scalar::Int(bounds) => {
            let (least, most) = bounds.effective();
            let first = 1.clamp(least, most);
            let count = i128::from(most) - i128::from(first) + 1;
            let number = format!("{}(name.encode())", imports.name("zlib", "crc32"));
            let number = if count < NUMBERS {
                format!("{number} % {count}")
            } else {
                number
            };
            (String::from("int"), format!("{first} + {number}"))
        }
        other => {
            let (least, most) = callers::lengths(other);
            let mut made = String::from("name");
            if least > SHORTEST {
                made = format!("{made}.ljust({least}, \"x\")");
            }
            if most < LONGEST {
                made = format!("{made}[:{most}]");
            }
            (String::from("str"), made)
        }
    };
    let mut block = Block::new();
    block.line(&format!("def key_of(name: str) -> {ty}:"));
    block.inner(|body| {
        body.doc("The key of somebody, by the name that tests have for them.");
        body.line(&format!("return {made}"));
    });
    Some(block)
}

/// What the token of somebody says in a claim beside their key; `text` writes their name with this behind it.
pub(crate) fn said(claim: &CallerClaim, text: &dyn Fn(&str) -> String) -> String {
    match claim.ty {
        ClaimType::Bool => String::from("True"),
        ClaimType::Int => String::from("1"),
        ClaimType::Text if claim.claim.contains("mail") => text("@example.com"),
        ClaimType::Text => text(""),
    }
}
