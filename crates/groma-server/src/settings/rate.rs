//! `RATE_LIMIT`.

use groma_ir::design::{Per, Rate};

const FORM: &str = "it is not of the form `120/min` (or /s, /h), or `off`";

/// So many requests in a window, as the design writes it too; for whom each is the design's to say.
pub(super) fn parse(text: &str, per: Per) -> Result<Rate, &'static str> {
    let (requests, window) = text.split_once('/').ok_or(FORM)?;
    let window = match window.trim() {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        _ => return Err(FORM),
    };
    match requests.trim().parse() {
        Ok(0) | Err(_) => Err(FORM),
        Ok(requests) => Ok(Rate {
            requests,
            window,
            per,
        }),
    }
}
