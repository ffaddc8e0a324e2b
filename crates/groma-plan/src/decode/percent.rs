//! Percent-decoding of paths and queries (RFC 3986; `+` is a space in a query only).

use std::borrow::Cow;

/// The text that a part of a path means; nothing when it is not well formed or not UTF-8.
pub(crate) fn path(text: &str) -> Option<Cow<'_, str>> {
    decode(text, false)
}

/// The text that a name or a value of a query means; nothing when it is not well formed or not UTF-8.
pub(crate) fn query(text: &str) -> Option<Cow<'_, str>> {
    decode(text, true)
}

fn decode(text: &str, plus: bool) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'%' || (plus && byte == b'+')) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            b'+' if plus => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Writes a value so that it can stand in a query or a path.
pub(crate) fn encode(out: &mut String, text: &str) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15]
                    .iter()
                    .filter_map(|nibble| HEX.get(usize::from(*nibble))),
            );
        }
    }
}
