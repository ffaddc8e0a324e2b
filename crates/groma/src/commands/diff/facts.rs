//! What differs between two canonical forms: for facts that no client, database or caller notices.

use groma_ir::{Design, canonical};
use serde_json::Value;

/// More places than this are not named.
const MOST: usize = 5;

/// The places at which two designs differ, `entities.Task.doc`, as far as they are named.
pub(super) fn places(old: &Design, new: &Design) -> Vec<String> {
    let read = |design: &Design| serde_json::from_str(&canonical::to_json(design)).unwrap_or(Value::Null);
    let mut found = Vec::new();
    compare("", &read(old), &read(new), &mut found);
    found
}

fn compare(at: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new || found.len() >= MOST {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let none = &Value::Null;
                let (was, is) = (old.get(key).unwrap_or(none), new.get(key).unwrap_or(none));
                compare(&below(at, key), was, is, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (place, (was, is)) in old.iter().zip(new).enumerate() {
                let name = name(was).filter(|name| self::name(is) == Some(name));
                let key = name.map_or_else(|| (place + 1).to_string(), str::to_owned);
                compare(&below(at, &key), was, is, found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

fn name(value: &Value) -> Option<&str> {
    value.get("name")?.as_str()
}

fn below(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at}.{key}")
    }
}
