//! Names that Postgres does not cut off.

use crate::canonical::Fingerprint;

/// So many bytes are kept of a name.
const LONGEST: usize = 63;

/// Names joined to one; what is too long ends in a mark that tells it from others that begin so.
pub fn short(parts: &[&str]) -> String {
    let name = parts.join("_");
    if name.len() <= LONGEST {
        return name;
    }
    let mark = Fingerprint::of(&name);
    let mark = mark.as_str().get(..8).unwrap_or_default();
    let mut cut = LONGEST - mark.len() - 1;
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}_{mark}", name.get(..cut).unwrap_or_default())
}
