//! Where a JSON string needs care: at quotes, backslashes and control characters. Eight bytes at a time.

/// How many bytes at the start of a text stand in a JSON string as they are.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    for chunk in bytes.as_chunks::<8>().0 {
        if needs_care(u64::from_le_bytes(*chunk)) {
            break;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F))
        .count()
}

/// Whether one of eight bytes does: "determine if a word has a byte less than n" (Anderson, Bit Twiddling Hacks);
/// it may say yes for a word without one, never no for a word with one.
fn needs_care(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & HIGH;
    let equals = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equals(b'"') | equals(b'\\')) != 0
}
