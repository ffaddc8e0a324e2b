//! A strict JSON reader (RFC 8259) that is asked for one token after the other.
//!
//! Strict where parsers differ: duplicate names, lone surrogates, trailing text, nesting over 64 levels and
//! numbers that no double holds are refused. Borrows what it can from the input; knows nothing of schemas.

use std::borrow::Cow;
use std::collections::HashSet;

/// The deepest nesting that is read; a scalar at the top is level zero.
pub const MOST_DEPTH: u32 = 64;

/// Why a text is not the JSON that we read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Syntax {
    /// What is wrong, as one sentence.
    pub(crate) detail: &'static str,
    /// The byte at which it was noticed.
    pub(crate) at: usize,
}

/// What a value is, by its first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A reader over one document.
#[derive(Debug)]
pub(crate) struct Json<'j> {
    text: &'j str,
    at: usize,
    depth: u32,
}

type Read<T> = Result<T, Syntax>;

impl<'j> Json<'j> {
    /// A reader at the start of a document.
    pub(crate) fn new(bytes: &'j [u8]) -> Read<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                text,
                at: 0,
                depth: 0,
            }),
            Err(error) => Err(Syntax {
                detail: "The text is not valid UTF-8.",
                at: error.valid_up_to(),
            }),
        }
    }

    /// What the next value is; its first byte is not consumed.
    pub(crate) fn kind(&mut self) -> Read<Kind> {
        self.space();
        match self.byte() {
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'"') => Ok(Kind::String),
            Some(b'[') => Ok(Kind::Array),
            Some(b'{') => Ok(Kind::Object),
            Some(_) => Err(self.wrong("A value is expected here.")),
            None => Err(self.wrong("The text ends where a value is expected.")),
        }
    }

    /// Consumes `null`.
    pub(crate) fn null(&mut self) -> Read<()> {
        self.word("null")
    }

    /// Consumes `true` or `false`.
    pub(crate) fn bool(&mut self) -> Read<bool> {
        let value = self.byte() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Consumes a number and returns it as it stands.
    pub(crate) fn number(&mut self) -> Read<&'j str> {
        let start = self.at;
        self.skip_if(b'-');
        if !self.skip_if(b'0') && self.digits() == 0 {
            return Err(self.wrong("A digit is expected here."));
        }
        if self.skip_if(b'.') && self.digits() == 0 {
            return Err(self.wrong("A digit is expected after the point."));
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            let _ = self.skip_if(b'+') || self.skip_if(b'-');
            if self.digits() == 0 {
                return Err(self.wrong("A digit is expected in the exponent."));
            }
        }
        Ok(self.slice(start, self.at))
    }

    /// Consumes a string and returns what it means.
    pub(crate) fn string(&mut self) -> Read<Cow<'j, str>> {
        self.expect(b'"', "A string is expected here.")?;
        let start = self.at;
        self.plain();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(self.slice(start, self.at - 1)));
        }
        let mut text = String::from(self.slice(start, self.at));
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("A control character in a string must be escaped.")),
                None => return Err(self.wrong("A string does not end.")),
            }
            let from = self.at;
            self.plain();
            text.push_str(self.slice(from, self.at));
        }
    }

    /// Enters an object; then [`Json::member`] until it says `None`.
    pub(crate) fn object(&mut self) -> Read<Members<'j>> {
        self.expect(b'{', "An object is expected here.")?;
        self.enter()?;
        Ok(Members {
            first: true,
            seen: Names::default(),
        })
    }

    /// The name of the object's next member, which no earlier one has; its value must be consumed next.
    pub(crate) fn member(&mut self, members: &mut Members<'j>) -> Read<Option<Cow<'j, str>>> {
        self.space();
        let first = std::mem::take(&mut members.first);
        match self.byte() {
            Some(b'}') => {
                self.leave();
                return Ok(None);
            }
            Some(b'"') if first => {}
            Some(b',') if !first => {
                self.at += 1;
                self.space();
            }
            _ => return Err(self.wrong("A comma or a closing brace is expected here.")),
        }
        let start = self.at;
        let name = self.string()?;
        if !members.seen.insert(name.clone()) {
            return Err(Syntax {
                detail: "A name stands twice in one object.",
                at: start,
            });
        }
        self.space();
        self.expect(b':', "A colon is expected after a name.")?;
        Ok(Some(name))
    }

    /// Enters an array; then [`Json::item`] until it says `false`.
    pub(crate) fn array(&mut self) -> Read<Items> {
        self.expect(b'[', "An array is expected here.")?;
        self.enter()?;
        Ok(Items { first: true })
    }

    /// Whether the array has another item, which must be consumed next.
    pub(crate) fn item(&mut self, items: &mut Items) -> Read<bool> {
        self.space();
        let first = std::mem::take(&mut items.first);
        match self.byte() {
            Some(b']') => {
                self.leave();
                Ok(false)
            }
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.wrong("A comma or a closing bracket is expected here.")),
        }
    }

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

    /// Nothing but white space may be left.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.wrong("Text follows the document."))
        }
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
        let start = self.at;
        let number = self.number()?;
        if !number.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(Syntax {
                detail: "A number does not fit.",
                at: start,
            });
        }
        out.push(number);
        Ok(())
    }

    fn copy_string(&mut self, out: &mut dyn Sink) -> Read<()> {
        let start = self.at;
        if self.string()?.contains('\0') {
            out.nul();
        }
        out.push(self.slice(start, self.at));
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
            self.copy(out)?;
            separator = ",";
        }
        out.push(if separator == "{" { "{}" } else { "}" });
        Ok(())
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let escape = self.byte();
        self.at += usize::from(escape.is_some());
        Ok(match escape {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("There is no such escape in a string.")),
        })
    }

    fn unicode(&mut self) -> Read<char> {
        let lone = Syntax {
            detail: "A surrogate stands alone in a string.",
            at: self.at,
        };
        let first = self.hex()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if first >= 0xDC00 || !(self.skip_if(b'\\') && self.skip_if(b'u')) {
            return Err(lone);
        }
        let second = self.hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(lone)
    }

    fn hex(&mut self) -> Read<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let code = digits.and_then(|digits| {
            digits.iter().try_fold(0, |code, digit| {
                Some(code * 16 + char::from(*digit).to_digit(16)?)
            })
        });
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.wrong("Four hexadecimal digits are expected after \\u.")),
        }
    }

    /// Passes over the part of a string that needs no care.
    fn plain(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest
            .iter()
            .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F))
            .count();
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.wrong("A value is expected here."));
        }
        self.at += word.len();
        Ok(())
    }

    fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.wrong("The document is nested too deeply."));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    fn expect(&mut self, byte: u8, detail: &'static str) -> Read<()> {
        if self.skip_if(byte) {
            Ok(())
        } else {
            Err(self.wrong(detail))
        }
    }

    fn skip_if(&mut self, byte: u8) -> bool {
        let is_here = self.byte() == Some(byte);
        self.at += usize::from(is_here);
        is_here
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'j str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn wrong(&self, detail: &'static str) -> Syntax {
        Syntax { detail, at: self.at }
    }
}

/// Whether the text is a number and nothing else.
pub(crate) fn is_number(text: &str) -> bool {
    let mut json = Json {
        text,
        at: 0,
        depth: 0,
    };
    json.number().is_ok_and(|number| number.len() == text.len())
}

/// The place inside an object.
#[derive(Debug)]
pub(crate) struct Members<'j> {
    first: bool,
    seen: Names<'j>,
}

/// The place inside an array.
#[derive(Debug)]
pub(crate) struct Items {
    first: bool,
}

/// The names of an object so far: a short list is searched, a long one hashed, so that no object is quadratic.
#[derive(Default, Debug)]
struct Names<'j> {
    few: Vec<Cow<'j, str>>,
    many: HashSet<Cow<'j, str>>,
}

impl<'j> Names<'j> {
    const FEW: usize = 16;

    fn insert(&mut self, name: Cow<'j, str>) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
            return true;
        }
        self.many.insert(name)
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

fn push_quoted(out: &mut dyn Sink, name: &str) {
    let mut quoted = Vec::with_capacity(name.len() + 3);
    crate::reply::write_string(&mut quoted, name);
    quoted.push(b':');
    out.push(std::str::from_utf8(&quoted).unwrap_or_default());
    if name.contains('\0') {
        out.nul();
    }
}
