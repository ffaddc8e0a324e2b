//! Entity tags (RFC 9110 §8.8.3) and the conditions that name them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::xxh3_128;

/// The strong tag of an item: a hash of its JSON, and, where rows are embedded, of theirs behind a dot.
pub fn tag(item: &[u8], embedded: Option<&[u8]>) -> String {
    let mut tag = String::with_capacity(48);
    tag.push('"');
    URL_SAFE_NO_PAD.encode_string(xxh3_128(item).to_be_bytes(), &mut tag);
    if let Some(embedded) = embedded {
        tag.push('.');
        URL_SAFE_NO_PAD.encode_string(xxh3_128(embedded).to_be_bytes(), &mut tag);
    }
    tag.push('"');
    tag
}

/// The tags of an `If-Match` or `If-None-Match` header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tags {
    /// `*`: any that exists.
    Any,
    /// One of these; whether each is weak.
    Of(Vec<(bool, String)>),
}

impl Tags {
    /// Reads the value of the header; several lines are joined with commas. What does not read as a tag
    /// matches nothing.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = header;
        while let Some((weak, tag, after)) = next_tag(rest) {
            tags.push((weak, tag.to_owned()));
            rest = after;
        }
        Self::Of(tags)
    }

    /// Whether the state of a row is one of these, for `If-Match`: strong, and blind to what is embedded.
    pub fn match_row(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags
                .iter()
                .any(|(weak, tag)| !weak && row_of(tag) == row_of(current)),
        }
    }

    /// Whether an answer is one of these, for `If-None-Match`: weak, and of the whole.
    pub fn match_answer(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags.iter().any(|(_, tag)| tag == current.trim_matches('"')),
        }
    }
}

fn next_tag(text: &str) -> Option<(bool, &str, &str)> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    let (weak, text) = match text.strip_prefix("W/") {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (tag, rest) = text.strip_prefix('"')?.split_once('"')?;
    Some((weak, tag, rest))
}

fn row_of(tag: &str) -> &str {
    let tag = tag.trim_matches('"');
    tag.split_once('.').map_or(tag, |(row, _)| row)
}
