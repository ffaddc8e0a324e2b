//! Problem details (RFC 9457).

use super::write_string;
use crate::Failure;
use crate::failure::{InputError, Place};

/// The body of a failure: `application/problem+json`.
pub fn problem_json(failure: &Failure, instance: &str, request_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + failure.errors.len() * 96);
    let problem = &failure.problem;
    out.extend_from_slice(b"{\"type\":");
    write_string(&mut out, &problem.type_uri());
    out.extend_from_slice(b",\"title\":");
    write_string(&mut out, &problem.title());
    out.extend_from_slice(b",\"status\":");
    out.extend_from_slice(itoa::Buffer::new().format(problem.status()).as_bytes());
    out.extend_from_slice(b",\"detail\":");
    write_string(&mut out, &failure.detail());
    out.extend_from_slice(b",\"instance\":");
    write_string(&mut out, instance);
    out.extend_from_slice(b",\"request_id\":");
    write_string(&mut out, request_id);
    if problem.has_errors() {
        out.extend_from_slice(b",\"errors\":[");
        for (index, error) in failure.errors.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_error(&mut out, error);
        }
        out.push(b']');
    }
    out.push(b'}');
    out
}

fn write_error(out: &mut Vec<u8>, error: &InputError) {
    out.extend_from_slice(b"{\"detail\":");
    write_string(out, &error.detail);
    out.extend_from_slice(b",\"code\":");
    write_string(out, error.code.name());
    let (name, place) = match &error.place {
        Place::Pointer(pointer) => (&b",\"pointer\":"[..], pointer.as_str()),
        Place::Parameter(parameter) => (&b",\"parameter\":"[..], parameter.as_str()),
        Place::Header(header) => (&b",\"header\":"[..], *header),
    };
    out.extend_from_slice(name);
    write_string(out, place);
    out.push(b'}');
}
