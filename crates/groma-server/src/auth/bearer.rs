//! Takes the one bearer token out of the `Authorization` headers (RFC 6750 §2.1).
//!
//! Header values only: a token in the query or the body is never looked for.

use super::error::AuthError;

/// The bytes of the token, not looked into.
pub(super) fn token<'h>(mut headers: impl Iterator<Item = &'h [u8]>) -> Result<&'h [u8], AuthError> {
    let value = headers.next().ok_or(AuthError::Missing)?;
    if headers.next().is_some() {
        return Err(AuthError::Malformed("it stands twice"));
    }
    let space = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(space);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(AuthError::Malformed("the scheme is not `Bearer`"));
    }
    let token = rest.trim_ascii_start();
    if token.is_empty() {
        return Err(AuthError::Malformed("there is no token after `Bearer`"));
    }
    Ok(token)
}
