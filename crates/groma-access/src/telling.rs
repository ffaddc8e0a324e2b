//! Situations that tell a predicate from what it would be with one part broken.
//!
//! A test that is to notice when a rule is changed needs, for each of its parts, a situation in which that part alone
//! decides. [`situations`] finds them: few, since one often does for several parts, and each as plain as can be.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Compare, Design, EntityId, EnumId, FieldId, Row, Term, Value, VariantId};

use crate::case::{Case, Settled};
use crate::search::settle;
use crate::space::{Space, Want};
use crate::spot::{Operand, Region, Variable};

/// How many parts of predicates one search looks at before it gives up.
const EFFORT: usize = 600_000;

/// What is asked before something is done: one step after the other.
#[derive(Clone, Debug)]
pub struct Course {
    /// On the rows of this entity.
    pub entity: EntityId,
    /// What is so in every situation.
    pub given: Vec<(Pred, Want)>,
    /// What is asked, in this order; the first that does not hold refuses.
    pub steps: Vec<Step>,
    /// Fields that are not written: after the change they hold what they held before.
    pub kept: Vec<FieldId>,
    /// Fields that are always the same: of what they hold nothing is said.
    pub fixed: Vec<FieldId>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Step {
    /// What must hold.
    pub pred: Pred,
    /// Whether it must hold on the row as the change leaves it, too.
    pub after_too: bool,
    /// Whether each of its parts is to be told; otherwise only that it is asked at all.
    pub in_parts: bool,
}

impl Step {
    fn whole(&self, pred: Pred) -> Pred {
        if self.after_too {
            Pred::All(vec![pred.clone(), pred.on_row(Row::New)])
        } else {
            pred
        }
    }
}

/// A situation, and what becomes of a request in it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The situation.
    pub case: Case,
    /// What is so, one thing each: `` the caller is `owner` ``.
    pub words: Vec<String>,
    /// The step that refuses, by its place; none where it is done.
    pub refused: Option<usize>,
}

/// Situations such that whatever part of a step is broken, one of them shows it.
pub fn situations(design: &Design, course: &Course) -> Vec<Told> {
    let mut space = Space::new(design);
    for field in &course.kept {
        space.keep(course.entity, *field);
    }
    let steps: Vec<Pred> = course
        .steps
        .iter()
        .map(|step| step.whole(step.pred.clone()))
        .collect();
    let broken = course.steps.iter().enumerate().flat_map(|(at, step)| {
        let broken = if step.in_parts {
            broken(design, &step.pred)
        } else {
            vec![Pred::ALWAYS]
        };
        broken.into_iter().map(move |broken| (at, step.whole(broken)))
    });
    let broken: Vec<(usize, Pred)> = broken.collect();
    let given = course.given.iter().map(|(pred, _)| pred);
    for pred in given.chain(&steps) {
        space.cut(course.entity, pred);
    }
    for (_, pred) in &broken {
        space.cut(course.entity, pred);
    }
    let mut found = Vec::new();
    let shown = |refused| Shown {
        course,
        steps: &steps,
        refused,
    };
    for (at, broken) in &broken {
        shown(None).add(&mut space, &mut found, Some(broken));
        shown(Some(*at)).add(&mut space, &mut found, Some(broken));
    }
    shown(None).add(&mut space, &mut found, None);
    found
}

/// What a situation has to show.
struct Shown<'c> {
    course: &'c Course,
    /// Its steps.
    steps: &'c [Pred],
    /// The step that refuses in it.
    refused: Option<usize>,
}

impl<'c> Shown<'c> {
    /// Adds a situation in which a broken step says something else, unless one is there or there is none.
    fn add(&self, space: &mut Space<'_>, found: &mut Vec<Told>, broken: Option<&Pred>) {
        let entity = self.course.entity;
        let other = match self.refused {
            Some(_) => Want::True,
            None => Want::NotTrue,
        };
        let broken = broken.map(|pred| (entity, pred, other));
        let is_there = |space: &mut Space<'_>, told: &Told| {
            told.refused == self.refused
                && broken.is_none_or(|(entity, pred, want)| space.is_in(&told.case, (entity, pred), want))
        };
        if found.iter().any(|told| is_there(space, told)) {
            return;
        }
        // A step behind the broken one would hide it.
        let wants = [true, false].map(|is_last| self.wants(is_last));
        for wants in wants {
            let wants: Vec<_> = wants.into_iter().chain(broken).collect();
            space.effort = EFFORT;
            if let Settled::Found(case) = settle(space, &wants) {
                let words = space.describe(&plain(&case, &self.course.fixed));
                let refused = self.refused;
                found.push(Told { case, words, refused });
                return;
            }
        }
    }

    fn wants(&self, is_last: bool) -> Vec<(EntityId, &'c Pred, Want)> {
        let course = self.course;
        let given = course.given.iter().map(|(pred, want)| (pred, *want));
        let steps = self.steps.iter().enumerate().filter_map(|(at, pred)| {
            let want = match self.refused {
                Some(refused) if refused == at => Want::NotTrue,
                Some(refused) if refused < at && !is_last => return None,
                _ => Want::True,
            };
            Some((pred, want))
        });
        given
            .chain(steps)
            .map(|(pred, want)| (course.entity, pred, want))
            .collect()
    }
}

/// The case without what the caller is not, and without what is always so.
fn plain(case: &Case, fixed: &[FieldId]) -> Case {
    let is_compared = |claim: &Operand| {
        case.choices.iter().any(|choice| {
            matches!(&choice.variable, Variable::Order(left, right) if left == claim || right == claim)
        })
    };
    let mut plain = case.clone();
    plain
        .choices
        .retain(|choice| match (&choice.variable, &choice.region) {
            (Variable::IsCaller(_) | Variable::Gone(_), region) => *region == Region::True,
            (Variable::Level(_), region) => *region != Region::None,
            (Variable::Field(spot), _) => !spot.way.is_empty() || !fixed.contains(&spot.field),
            (Variable::Claim(claim), Region::Other) => !is_compared(&Operand::Claim(*claim)),
            _ => true,
        });
    plain
}

/// A predicate in each of the ways in which one part of it can be broken.
fn broken(design: &Design, pred: &Pred) -> Vec<Pred> {
    let each = |preds: &[Pred], join: fn(Vec<Pred>) -> Pred| {
        let parts = preds.iter().enumerate();
        let broken = parts.flat_map(|(at, part)| {
            broken(design, part).into_iter().map(move |broken| {
                let mut preds = preds.to_vec();
                preds.splice(at..=at, [broken]);
                join(preds)
            })
        });
        broken.collect()
    };
    match pred {
        Pred::All(preds) => each(preds, Pred::All),
        Pred::Any(preds) => each(preds, Pred::Any),
        Pred::Not(pred) => broken(design, pred).into_iter().map(Pred::negate).collect(),
        Pred::Atom(atom) => {
            let mut all = vec![Pred::ALWAYS, Pred::NEVER];
            all.extend(broken_atom(design, atom));
            all
        }
    }
}

fn broken_atom(design: &Design, atom: &Atom) -> Vec<Pred> {
    match atom {
        Atom::Linked {
            entity,
            path,
            link,
            least,
        } => {
            let levels = design.entities[*link].link.as_ref().map(|link| link.of);
            let levels = levels.into_iter().flat_map(|of| design.enums[of].variants.ids());
            let others = levels.filter(|level| level != least).map(|least| Atom::Linked {
                entity: *entity,
                path: path.clone(),
                link: *link,
                least,
            });
            others.map(Pred::Atom).collect()
        }
        Atom::Exists {
            entity,
            path,
            target,
            pred,
        } => {
            let inner = broken(design, pred).into_iter().map(|pred| Atom::Exists {
                entity: *entity,
                path: path.clone(),
                target: *target,
                pred: Box::new(pred),
            });
            inner.map(Pred::Atom).collect()
        }
        Atom::Compare {
            op: op @ (Compare::Eq | Compare::Ne),
            left,
            right: Term::Value(Value::Variant(of, variant)),
        } => {
            let all = design.enums[*of].variants.ids();
            let set = all.filter(|id| (id == variant) == (*op == Compare::Eq));
            one_off(design, left, *of, &set.collect::<Vec<_>>())
        }
        Atom::In { term, set } => {
            let variants: Option<Vec<(EnumId, VariantId)>> = set.iter().map(variant_of).collect();
            match variants.as_deref() {
                Some(known @ [(of, _), ..]) => {
                    let set: Vec<VariantId> = known.iter().map(|(_, variant)| *variant).collect();
                    one_off(design, term, *of, &set)
                }
                Some([]) | None => Vec::new(),
            }
        }
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Compare { .. }
        | Atom::IsNone(_)
        | Atom::IsTrue { .. }
        | Atom::ClaimIsTrue(_) => Vec::new(),
    }
}

fn variant_of(term: &Term) -> Option<(EnumId, VariantId)> {
    match term {
        Term::Value(Value::Variant(of, variant)) => Some((*of, *variant)),
        _ => None,
    }
}

/// That a term is one of some variants, with one more of them, or one less.
fn one_off(design: &Design, term: &Term, of: EnumId, set: &[VariantId]) -> Vec<Pred> {
    let all = || design.enums[of].variants.ids();
    let sets = all().map(|odd| {
        let is_in = |id: &VariantId| set.contains(id) != (*id == odd);
        let set = all().filter(is_in);
        Atom::In {
            term: term.clone(),
            set: set.map(|id| Term::Value(Value::Variant(of, id))).collect(),
        }
    });
    sets.map(Pred::Atom).collect()
}
