//! A strict JSON reader (RFC 8259) that is asked for one token after the other.
//!
//! Strict where parsers differ: duplicate names, lone surrogates, trailing text, nesting over 64 levels and
//! numbers that no double holds are refused. Borrows what it can from the input; knows nothing of schemas.

mod copy;
mod names;
mod string;

use std::borrow::Cow;

use names::Names;

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

    /// The same of one that a double holds, and a database digit by digit.
    pub(crate) fn number_that_fits(&mut self) -> Read<&'j str> {
        let start = self.at;
        let number = self.number()?;
        if !fits(number) {
            return Err(Syntax {
                detail: "A number does not fit.",
                at: start,
            });
        }
        Ok(number)
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

    /// Nothing but white space may be left.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.wrong("Text follows the document."))
        }
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

/// Whether a double holds a number, and a database all its places, which does not round it as a double does.
fn fits(number: &str) -> bool {
    const MOST_PLACES: usize = 400;
    let Some((digits, exponent)) = number.split_once(['e', 'E']) else {
        return number.len() <= MOST_PLACES && number.parse().is_ok_and(f64::is_finite);
    };
    let has_few = |exponent: i32| exponent.unsigned_abs() as usize <= MOST_PLACES;
    digits.len() <= MOST_PLACES
        && exponent.parse().is_ok_and(has_few)
        && number.parse().is_ok_and(f64::is_finite)
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
