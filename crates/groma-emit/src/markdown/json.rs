//! JSON for people: a member a line, and what is short on one line.

use serde_json::Value;

/// The longest text that stays on one line.
const WIDTH: usize = 100;

/// The text of a value. The members of the value itself always have a line each.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, true, &mut text);
    text
}

/// Values come from bounded designs: this goes as deep as their schemas embed each other.
fn write(value: &Value, depth: usize, is_open: bool, out: &mut String) {
    let short = one_line(value);
    if !is_open && short.len() + depth * 2 <= WIDTH {
        out.push_str(&short);
        return;
    }
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (at, (name, member)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "{\n" } else { ",\n" });
                out.extend([indent.as_str(), &Value::from(name.as_str()).to_string(), ": "]);
                write(member, depth + 1, false, out);
            }
            out.extend(["\n", &end, "}"]);
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "[\n" } else { ",\n" });
                out.push_str(&indent);
                write(item, depth + 1, false, out);
            }
            out.extend(["\n", &end, "]"]);
        }
        _ => out.push_str(&short),
    }
}

/// A value with a space after each comma and colon.
fn one_line(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{}: {}", Value::from(name.as_str()), one_line(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
