//! The parts of a rule: single facts, also those that it asks of other rows.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Design, EntityId, Path, Row};
use groma_ir::words;

/// How many parts there are. A fact about another row is a part, and so is each of what is asked there.
pub(super) fn count(pred: &Pred) -> usize {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().map(count).sum(),
        Pred::Not(part) => count(part),
        Pred::Atom(Atom::Exists { pred, .. }) => 1 + count(pred),
        Pred::Atom(_) => 1,
    }
}

/// The predicate with one part replaced.
pub(super) fn forced(pred: &Pred, wanted: usize, with: &Pred) -> Pred {
    replaced(pred, &mut 0, wanted, with)
}

fn replaced(pred: &Pred, at: &mut usize, wanted: usize, with: &Pred) -> Pred {
    let mut each = |parts: &[Pred]| -> Vec<Pred> {
        parts
            .iter()
            .map(|part| replaced(part, at, wanted, with))
            .collect()
    };
    match pred {
        Pred::All(parts) => Pred::All(each(parts)),
        Pred::Any(parts) => Pred::Any(each(parts)),
        Pred::Not(part) => Pred::Not(Box::new(replaced(part, at, wanted, with))),
        Pred::Atom(atom) => {
            let here = *at;
            *at += 1;
            if here == wanted {
                return with.clone();
            }
            let Atom::Exists {
                entity,
                path,
                target,
                pred,
            } = atom
            else {
                return Pred::Atom(atom.clone());
            };
            Pred::Atom(Atom::Exists {
                entity: *entity,
                path: path.clone(),
                target: *target,
                pred: Box::new(replaced(pred, at, wanted, with)),
            })
        }
    }
}

/// A part in words.
pub(super) fn named(design: &Design, entity: EntityId, pred: &Pred, wanted: usize) -> String {
    find(design, (entity, pred), &mut 0, wanted).unwrap_or_default()
}

fn find(design: &Design, (entity, pred): (EntityId, &Pred), at: &mut usize, wanted: usize) -> Option<String> {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts
            .iter()
            .find_map(|part| find(design, (entity, part), at, wanted)),
        Pred::Not(part) => find(design, (entity, part), at, wanted),
        Pred::Atom(atom) => {
            let here = *at;
            *at += 1;
            if here == wanted {
                return Some(fact(design, entity, atom));
            }
            let Atom::Exists {
                path, target, pred, ..
            } = atom
            else {
                return None;
            };
            let inner = find(design, (*target, pred), at, wanted)?;
            Some(format!("{} of {}", inner, words::path(design, entity, path)))
        }
    }
}

fn fact(design: &Design, entity: EntityId, atom: &Atom) -> String {
    let path = |path: &Path| words::path(design, entity, path);
    let term = |of| words::term(design, entity, of);
    let text = match atom {
        Atom::Authenticated => "a token".to_owned(),
        Atom::Role(role) => match &design.auth {
            Some(auth) => auth.roles[*role].name.clone(),
            None => "a role".to_owned(),
        },
        Atom::IsCaller { path: way, .. } => path(way),
        Atom::Linked {
            path: way,
            link,
            least,
            ..
        } => {
            let level = design.entities[*link]
                .link
                .as_ref()
                .map_or("", |link| design.variant_name(link.of, *least));
            match (way.row, way.steps.is_empty()) {
                (Row::This, true) => level.to_owned(),
                (Row::New, true) => format!("new.{level}"),
                (_, false) => format!("{}.{level}", path(way)),
            }
        }
        Atom::Exists { path: way, .. } => format!("can .. {}", path(way)),
        Atom::Compare { op, left, right } => {
            use groma_ir::design::Compare;
            let op = match op {
                Compare::Eq => "==",
                Compare::Ne => "!=",
                Compare::Lt => "<",
                Compare::Le => "<=",
                Compare::Gt => ">",
                Compare::Ge => ">=",
            };
            format!("{} {op} {}", term(left), term(right))
        }
        Atom::IsNone(of) => format!("{} == none", term(of)),
        Atom::In { term: of, .. } => format!("{} in (..)", term(of)),
        Atom::IsTrue { row, field } => term(&groma_ir::design::Term::Field {
            row: *row,
            field: *field,
        }),
        Atom::ClaimIsTrue(claim) => term(&groma_ir::design::Term::Claim(*claim)),
    };
    format!("`{text}`")
}
