//! Which regular expressions mean the same to every runtime: Rust, JavaScript, Python and databases.

/// The deepest nesting of groups.
const DEEPEST: usize = 16;
/// The largest count in `{n,m}`.
const MOST: u32 = 1000;
/// The longest pattern.
const LONGEST: usize = 1000;

/// What reading a pattern keeps in mind.
struct Reader<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    depth: usize,
    /// Whether something stands before the cursor that a quantifier can repeat.
    repeatable: bool,
}

/// Whether a pattern is portable; otherwise what is wrong with it.
pub(super) fn check(pattern: &str) -> Result<(), &'static str> {
    if pattern.is_empty() {
        return Err("it is empty");
    }
    if pattern.len() > LONGEST {
        return Err("it is longer than 1000 characters");
    }
    let mut reader = Reader {
        rest: pattern.chars().peekable(),
        depth: 0,
        repeatable: false,
    };
    while let Some(char) = reader.rest.next() {
        reader.item(char)?;
    }
    if reader.depth > 0 {
        return Err("a `(` is not closed");
    }
    Ok(())
}

impl Reader<'_> {
    fn item(&mut self, char: char) -> Result<(), &'static str> {
        let repeatable = match char {
            '(' => self.open()?,
            ')' => self.close()?,
            '[' => self.class()?,
            '\\' => self.escape(false)?,
            '*' | '+' | '?' => self.quantifier()?,
            '{' => self.counted()?,
            '|' | '^' | '$' => false,
            ']' | '}' => return Err("a `]` or `}` stands alone: write `\\]` or `\\}`"),
            _ => true,
        };
        self.repeatable = repeatable;
        Ok(())
    }

    fn open(&mut self) -> Result<bool, &'static str> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("its groups nest too deep");
        }
        if self.rest.peek() == Some(&'?') {
            self.rest.next();
            if self.rest.next() != Some(':') {
                return Err("only `(` and `(?:` open groups: look-around and names differ between languages");
            }
        }
        Ok(false)
    }

    fn close(&mut self) -> Result<bool, &'static str> {
        self.depth = self.depth.checked_sub(1).ok_or("a `)` has no `(`")?;
        Ok(true)
    }

    fn quantifier(&mut self) -> Result<bool, &'static str> {
        if !self.repeatable {
            return Err("a `*`, `+` or `?` has nothing to repeat");
        }
        if self.rest.peek() == Some(&'?') {
            self.rest.next();
        }
        Ok(false)
    }

    fn counted(&mut self) -> Result<bool, &'static str> {
        let mut text = String::new();
        for char in self.rest.by_ref() {
            if char == '}' {
                break;
            }
            text.push(char);
        }
        let (min, max) = text.split_once(',').unwrap_or((&text, &text));
        let min: u32 = min
            .parse()
            .map_err(|_| "a `{` is followed by a count: write `\\{` for the brace")?;
        let max: u32 = if max.is_empty() {
            min
        } else {
            max.parse().map_err(|_| "a count in `{n,m}` is no number")?
        };
        if min > max || max > MOST {
            return Err("the counts in `{n,m}` go up, to 1000 at most");
        }
        self.quantifier()
    }

    fn escape(&mut self, in_class: bool) -> Result<bool, &'static str> {
        match self.rest.next() {
            Some('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'n' | 'r' | 't') => Ok(true),
            Some('-') if in_class => Ok(true),
            Some(char) if r"^$\.*+?()[]{}|/".contains(char) => Ok(true),
            _ => Err("a `\\` stands before something that needs none in every language"),
        }
    }

    fn class(&mut self) -> Result<bool, &'static str> {
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
        }
        let mut last: Option<char> = None;
        let mut is_empty = true;
        while let Some(char) = self.rest.next() {
            match char {
                ']' if is_empty => return Err("a `[]` matches nothing"),
                ']' => return Ok(true),
                '[' => return Err("a `[` inside `[]` is written `\\[`"),
                '&' | '~' if self.rest.peek() == Some(&char) => {
                    return Err("a doubled `&` or `~` inside `[]` differs between languages");
                }
                '\\' => {
                    self.escape(true)?;
                    last = None;
                }
                '-' if last.is_some() && self.rest.peek().is_some_and(|next| *next != ']') => {
                    let next = self.rest.next();
                    if next == Some('\\') || next < last {
                        return Err("a range inside `[]` goes up, between plain characters");
                    }
                    last = None;
                }
                _ => last = Some(char),
            }
            is_empty = false;
        }
        Err("a `[` is not closed")
    }
}
