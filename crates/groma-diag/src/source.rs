//! Files that take part in a run, and ranges inside them.

use std::sync::Arc;

/// A file of one run, as handed out by [`Sources::add`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A range of bytes in the original text of one file, also for fences inside Markdown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The range from `start` up to, and without, `end`.
    pub fn new(file: FileId, start: u32, end: u32) -> Span {
        Span {
            file,
            start,
            end: end.max(start),
        }
    }

    /// The empty range at `offset`, where text can be inserted.
    pub fn at(file: FileId, offset: u32) -> Span {
        Span {
            file,
            start: offset,
            end: offset,
        }
    }

    /// The empty range just before this one.
    #[must_use]
    pub fn before(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }

    /// The empty range just after this one.
    #[must_use]
    pub fn after(self) -> Span {
        Span {
            start: self.end,
            ..self
        }
    }

    /// The smallest range over both; the other one's file is taken to be the same.
    #[must_use]
    pub fn cover(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// How many bytes it spans.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it spans nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` lies inside, or just behind the last byte.
    pub fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }
}

/// A place that a person can find: both count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One file: its path as it was given, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct Source {
    path: String,
    text: Arc<str>,
    // INVARIANT: ascending, the first is 0, each is a character boundary of `text`.
    line_starts: Vec<u32>,
}

impl Source {
    fn new(path: String, text: Arc<str>) -> Source {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|&(_, byte)| byte == b'\n')
            .map(|(at, _)| clip(at + 1));
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Source {
            path,
            text,
            line_starts,
        }
    }

    /// The path as it was given, for people.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte; behind the end it is the end, inside a character it is that character.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = self.clamp(offset);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|at| self.line_starts.get(at))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or_default();
        LineColumn {
            line: clip(line.max(1)),
            column: clip(before.chars().count() + 1),
        }
    }

    /// The range of a line (counted from 1) without its line end.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let at = line.checked_sub(1)? as usize;
        let start = *self.line_starts.get(at)? as usize;
        let end = self
            .line_starts
            .get(at + 1)
            .map_or(self.text.len(), |&next| next as usize);
        let text = self.text.get(start..end)?;
        Some(start..start + text.trim_end_matches(['\n', '\r']).len())
    }

    /// The text of a range, cut to what exists.
    pub fn slice(&self, span: Span) -> &str {
        let range = self.clamp(span.start) as usize..self.clamp(span.end) as usize;
        self.text.get(range).unwrap_or_default()
    }

    fn clamp(&self, offset: u32) -> u32 {
        clip(self.text.floor_char_boundary(offset as usize))
    }
}

/// The files of one run.
#[derive(Clone, Default, Debug)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Takes in a file; the path is only shown, never opened.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(clip(self.files.len()));
        self.files.push(Source::new(path.into(), text.into()));
        id
    }

    /// The file, if this set handed out the id.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The path of a file, empty for an id of another set.
    pub fn path(&self, id: FileId) -> &str {
        self.get(id).map_or("", Source::path)
    }

    /// The text of a file, empty for an id of another set.
    pub fn text(&self, id: FileId) -> &str {
        self.get(id).map_or("", Source::text)
    }

    /// The text of a range.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |source| source.slice(span))
    }

    /// Line and column of a byte, both from 1.
    pub fn line_column(&self, file: FileId, offset: u32) -> LineColumn {
        self.get(file)
            .map_or(LineColumn { line: 1, column: 1 }, |source| {
                source.line_column(offset)
            })
    }

    /// Where a range begins, as `specs/db/task.md:41`.
    pub fn place(&self, span: Span) -> String {
        format!(
            "{}:{}",
            self.path(span.file),
            self.line_column(span.file, span.start).line
        )
    }

    /// The file with this path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.files
            .iter()
            .position(|source| source.path == path)
            .map(|at| FileId(clip(at)))
    }

    /// All files in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(at, source)| (FileId(clip(at)), source))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

fn clip(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
