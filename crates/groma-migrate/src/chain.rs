//! The order of migrations: each starts from the state to which the one before it leads.

use std::collections::BTreeSet;

use crate::canonical::Fingerprint;
use crate::file::File;

/// Why migrations have no order.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainError {
    /// Two lead on from one state, as after two branches were merged.
    #[error(
        "`{one}` and `{other}` both start from the same state; remove the one that was applied nowhere, and run \
         `groma migrate plan` again"
    )]
    TwoHeads {
        /// The one that was taken.
        one: String,
        /// The one that is left over.
        other: String,
    },
    /// Nothing leads to where it starts.
    #[error(
        "no migration leads to the state that `{name}` starts from; bring back the one that did, or plan it anew"
    )]
    Gap {
        /// Which.
        name: String,
    },
}

/// A file and its name.
pub type Named = (String, File);

/// The files in the order in which they are applied, and the state to which they lead. `files` are names and what they
/// hold; `start` is the state before all of them. What was written by hand stands where its name puts it.
pub fn order<'f>(
    files: &'f [Named],
    start: &Fingerprint,
) -> Result<(Vec<&'f Named>, Fingerprint), ChainError> {
    let mut sorted: Vec<&Named> = files.iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (planned, mut by_hand): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|(_, file)| file.states.is_some());
    let mut ordered: Vec<&Named> = Vec::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut at = start.clone();
    // A state may be come by twice, when something was taken back: then the earlier name is meant first.
    while let Some(next) = planned
        .iter()
        .find(|(name, file)| !taken.contains(name.as_str()) && starts(file, &at))
    {
        let (name, file) = next;
        taken.insert(name);
        by_hand.retain(|hand| {
            let is_before = hand.0 < *name;
            if is_before {
                ordered.push(hand);
            }
            !is_before
        });
        ordered.push(next);
        if let Some((_, to)) = &file.states {
            at = to.clone();
        }
    }
    if let Some((name, file)) = planned.iter().find(|(name, _)| !taken.contains(name.as_str())) {
        let from = file.states.as_ref().map(|(from, _)| from);
        let rival = ordered
            .iter()
            .find(|(_, other)| other.states.as_ref().map(|(from, _)| from) == from);
        return Err(match rival {
            Some((one, _)) => ChainError::TwoHeads {
                one: one.clone(),
                other: name.clone(),
            },
            None => ChainError::Gap { name: name.clone() },
        });
    }
    ordered.extend(by_hand);
    Ok((ordered, at))
}

fn starts(file: &File, at: &Fingerprint) -> bool {
    file.states.as_ref().is_some_and(|(from, _)| from == at)
}
