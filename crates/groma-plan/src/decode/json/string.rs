//! Strings: borrowed where nothing is escaped.

use std::borrow::Cow;

use super::{Json, Read, Syntax};
use crate::scan::plain;

impl<'j> Json<'j> {
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
        self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }
}
