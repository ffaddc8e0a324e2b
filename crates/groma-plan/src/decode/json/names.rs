//! The names of one object, each of which may stand once.

use std::borrow::Cow;
use std::collections::HashSet;

/// The names of an object so far: a short list is searched, a long one hashed, so that no object is quadratic.
#[derive(Default, Debug)]
pub(super) struct Names<'j> {
    few: Vec<Cow<'j, str>>,
    many: HashSet<Cow<'j, str>>,
}

impl<'j> Names<'j> {
    const FEW: usize = 16;

    /// Adds a name; says whether it is new.
    pub(super) fn insert(&mut self, name: Cow<'j, str>) -> bool {
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
