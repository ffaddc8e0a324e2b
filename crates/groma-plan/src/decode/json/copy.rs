//! Values that are taken as they are: passed over, or kept without white space.

use super::{Json, Kind, Read};

impl Json<'_> {
    /// Consumes any value, checking all of it.
    pub(crate) fn skip(&mut self) -> Read<()> {
        self.copy(&mut Discard)
    }

    /// Consumes any value and writes it without white space.
    pub(crate) fn compact(&mut self) -> Read<Compact> {
        let mut compact = Compact {
            text: String::new(),
            has_nul: false,
        };
        self.copy(&mut compact)?;
        Ok(compact)
    }

    // The depth of the calls is bounded by MOST_DEPTH.
    fn copy(&mut self, out: &mut dyn Sink) -> Read<()> {
        match self.kind()? {
            Kind::Null => self.null().map(|()| out.push("null")),
            Kind::Bool => self
                .bool()
                .map(|value| out.push(if value { "true" } else { "false" })),
            Kind::Number => self.copy_number(out),
            Kind::String => self.copy_string(out),
            Kind::Array => self.copy_array(out),
            Kind::Object => self.copy_object(out),
        }
    }

    fn copy_number(&mut self, out: &mut dyn Sink) -> Read<()> {
        out.push(self.number_that_fits()?);
        Ok(())
    }

    fn copy_string(&mut self, out: &mut dyn Sink) -> Read<()> {
        push_quoted(out, &self.string()?);
        Ok(())
    }

    fn copy_array(&mut self, out: &mut dyn Sink) -> Read<()> {
        let mut items = self.array()?;
        let mut separator = "[";
        while self.item(&mut items)? {
            out.push(separator);
            self.copy(out)?;
            separator = ",";
        }
        out.push(if separator == "[" { "[]" } else { "]" });
        Ok(())
    }

    fn copy_object(&mut self, out: &mut dyn Sink) -> Read<()> {
        let mut members = self.object()?;
        let mut separator = "{";
        while let Some(name) = self.member(&mut members)? {
            out.push(separator);
            push_quoted(out, &name);
            out.push(":");
            self.copy(out)?;
            separator = ",";
        }
        out.push(if separator == "{" { "{}" } else { "}" });
        Ok(())
    }
}

/// A JSON value without white space.
#[derive(Debug)]
pub(crate) struct Compact {
    pub(crate) text: String,
    /// Whether U+0000 stands in one of its strings.
    pub(crate) has_nul: bool,
}

trait Sink {
    fn push(&mut self, text: &str);
    fn nul(&mut self);
}

struct Discard;

impl Sink for Discard {
    fn push(&mut self, _text: &str) {}
    fn nul(&mut self) {}
}

impl Sink for Compact {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
    fn nul(&mut self) {
        self.has_nul = true;
    }
}

fn push_quoted(out: &mut dyn Sink, text: &str) {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    crate::reply::write_string(&mut quoted, text);
    out.push(std::str::from_utf8(&quoted).unwrap_or_default());
    if text.contains('\0') {
        out.nul();
    }
}
