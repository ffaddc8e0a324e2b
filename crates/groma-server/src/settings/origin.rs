//! Origins as browsers send them (RFC 6454).

/// The origin, when it is one exactly as a browser would send it.
pub(super) fn exact(text: &str) -> Result<String, &'static str> {
    if text == "*" {
        return Err("would let every site in; list the exact origins");
    }
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("has no scheme; write it as `https://app.example.com`")?;
    if !matches!(scheme, "http" | "https") {
        return Err("is neither `http` nor `https`");
    }
    if rest.ends_with('/') {
        return Err("ends with `/`, and browsers send none; remove it");
    }
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    if rest.ends_with(default_port) {
        return Err("names the default port, and browsers leave it out; remove it");
    }
    if rest.is_empty() || !rest.bytes().all(is_host_byte) {
        return Err("is more or less than scheme, host and port; write it as `https://app.example.com`");
    }
    if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("has upper-case letters, and browsers send lower case");
    }
    Ok(text.to_owned())
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte)
}
