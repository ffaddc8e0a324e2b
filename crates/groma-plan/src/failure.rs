//! What a request that fails is told.

use std::borrow::Cow;

use groma_ir::http::{ErrorCode, Problem};

/// The most single mistakes that one answer lists: a hostile body must not buy an answer larger than itself.
pub const MOST_ERRORS: usize = 100;

/// Why a request fails.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// The kind of problem; it has the status.
    pub problem: Problem,
    /// What happened here, as one sentence; the problem's own where nothing more is to be said.
    pub detail: Option<String>,
    /// Every mistake in the input.
    pub errors: Vec<InputError>,
}

/// One mistake in the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputError {
    /// One sentence for a person.
    pub detail: Cow<'static, str>,
    /// The kind of mistake.
    pub code: ErrorCode,
    /// Where it is.
    pub place: Place,
}

/// Where a mistake is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the body, at this JSON Pointer (RFC 6901).
    Pointer(String),
    /// In this query parameter.
    Parameter(String),
    /// In this header.
    Header(&'static str),
}

impl Place {
    /// The member of a body that has this name, as a JSON Pointer (RFC 6901 §3).
    pub fn member(name: &str) -> Self {
        Self::Pointer(format!("/{}", escaped(name)))
    }

    /// An item of a list in a body.
    pub(crate) fn item(name: &str, index: usize) -> Self {
        Self::Pointer(format!("/{}/{index}", escaped(name)))
    }
}

fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        return Cow::Owned(name.replace('~', "~0").replace('/', "~1"));
    }
    Cow::Borrowed(name)
}

impl Failure {
    /// A problem with nothing more to be said.
    pub fn of(problem: Problem) -> Self {
        Self {
            problem,
            detail: None,
            errors: Vec::new(),
        }
    }

    /// A problem with a sentence of its own.
    pub fn because(problem: Problem, detail: impl Into<String>) -> Self {
        Self {
            problem,
            detail: Some(detail.into()),
            errors: Vec::new(),
        }
    }

    /// The sentence for a person.
    pub fn detail(&self) -> String {
        match (&self.detail, self.errors.as_slice()) {
            (Some(detail), _) => detail.clone(),
            (None, [only]) => only.detail.clone().into_owned(),
            (None, _) => self.problem.detail(),
        }
    }
}

/// A mistake whose place is not known yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mistake {
    pub(crate) code: ErrorCode,
    pub(crate) detail: Cow<'static, str>,
}

impl Mistake {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    pub(crate) fn at(self, place: Place) -> InputError {
        InputError {
            detail: self.detail,
            code: self.code,
            place,
        }
    }
}

/// The mistakes found so far, bounded by [`MOST_ERRORS`].
#[derive(Default, Debug)]
pub(crate) struct Mistakes {
    errors: Vec<InputError>,
    /// Whether one is about the query or about the body's syntax, not about its schema.
    is_malformed: bool,
}

impl Mistakes {
    /// A mistake in a body that is JSON.
    pub(crate) fn push(&mut self, error: InputError) {
        if self.has_room() {
            self.errors.push(error);
        }
    }

    /// A mistake in the query, or a body that is no JSON.
    pub(crate) fn push_malformed(&mut self, error: InputError) {
        self.is_malformed = true;
        self.push(error);
    }

    /// A mistake in a query parameter.
    pub(crate) fn push_parameter(&mut self, name: &str, mistake: Mistake) {
        self.push_malformed(mistake.at(Place::Parameter(name.to_owned())));
    }

    pub(crate) fn has_room(&self) -> bool {
        self.errors.len() < MOST_ERRORS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether all of them are about the body's schema.
    pub(crate) fn are_about_schema(&self) -> bool {
        !self.is_malformed
    }

    pub(crate) fn into_errors(self) -> Vec<InputError> {
        self.errors
    }
}
