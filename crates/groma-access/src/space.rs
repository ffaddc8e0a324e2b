//! The situations that some predicates can tell apart.

mod cuts;

use std::collections::BTreeMap;

use groma_ir::access::{Atom, CallerFacts, Pred, kinds_of_caller};
use groma_ir::design::{
    Compare, Design, EntityId, FieldId, Path, Row, Storage, Term, Type, Value, VariantId,
};

use crate::case::Case;
use crate::formula::{Formula, Truths};
use crate::spot::{Kept, Literal, Operand, Region, Spot, Tie, Variable, compares, flipped, regions};

/// What a predicate is wanted to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// True.
    True,
    /// False or unknown.
    NotTrue,
    /// True or unknown: what a constraint of a database lets pass.
    NotFalse,
}

impl Want {
    pub(crate) fn truths(self) -> Truths {
        match self {
            Self::True => Truths::TRUE,
            Self::NotTrue => Truths::NOT_TRUE,
            Self::NotFalse => Truths::NOT_FALSE,
        }
    }
}

/// The variables of some predicates, and the ranges of each.
#[derive(Clone, Debug)]
pub struct Space<'d> {
    pub(crate) design: &'d Design,
    pub(crate) kinds: Vec<CallerFacts>,
    variables: Vec<(Variable, Vec<Region>)>,
    places: BTreeMap<Variable, usize>,
    cuts: BTreeMap<Variable, Vec<Literal>>,
    /// Fields that no request writes: after a change they hold what they held before.
    kept: Vec<(EntityId, FieldId)>,
    /// How many parts of predicates may still be looked at before a search gives up.
    pub(crate) effort: usize,
}

/// A tenth of a second or so.
const MOST: usize = 20_000_000;

/// Where a predicate stands: on which row, at the end of which way.
#[derive(Clone)]
struct Place {
    row: Row,
    way: Vec<FieldId>,
    entity: EntityId,
}

impl Place {
    fn field(&self, row: Row, field: FieldId) -> Spot {
        Spot {
            // At the end of a way there is no change; `new` is of the row that the way starts at.
            row: if self.way.is_empty() { row } else { self.row },
            way: self.way.clone(),
            entity: self.entity,
            field,
        }
    }
}

impl<'d> Space<'d> {
    /// A space without variables.
    pub fn new(design: &'d Design) -> Self {
        Self {
            design,
            kinds: kinds_of_caller(design),
            variables: Vec::new(),
            places: BTreeMap::new(),
            cuts: BTreeMap::new(),
            kept: Vec::new(),
            effort: MOST,
        }
    }

    /// The design that it is about.
    pub fn design(&self) -> &'d Design {
        self.design
    }

    /// Whether a predicate can be true in a case; what the case leaves open may be anything.
    pub fn can_be(&mut self, case: &Case, entity: EntityId, pred: &Pred) -> bool {
        self.truths(case, (entity, pred)).meets(Truths::TRUE)
    }

    /// Whether a predicate surely is as wanted in a case, whatever the case leaves open.
    pub(crate) fn is_in(&mut self, case: &Case, asked: (EntityId, &Pred), want: Want) -> bool {
        self.truths(case, asked).is_within(want.truths())
    }

    fn truths(&mut self, case: &Case, (entity, pred): (EntityId, &Pred)) -> Truths {
        let formula = self.formula(entity, pred);
        let chosen: Vec<Option<usize>> = self
            .variables
            .iter()
            .map(|(variable, regions)| {
                let choice = case.choices.iter().find(|choice| choice.variable == *variable)?;
                regions.iter().position(|region| *region == choice.region)
            })
            .collect();
        formula.truths(&chosen)
    }

    /// Says that no request writes a field.
    pub fn keep(&mut self, entity: EntityId, field: FieldId) {
        self.kept.push((entity, field));
    }

    /// Takes note of the literals that a predicate names: call it for all of them before the first [`formula`].
    ///
    /// [`formula`]: Self::formula
    pub(crate) fn cut(&mut self, entity: EntityId, pred: &Pred) {
        self.cut_at(&place(entity), pred);
    }

    /// A predicate over the variables of this space, which grow by those that it needs.
    pub(crate) fn formula(&mut self, entity: EntityId, pred: &Pred) -> Formula {
        self.tree(&place(entity), pred)
    }

    pub(crate) fn variables(&self) -> &[(Variable, Vec<Region>)] {
        &self.variables
    }

    /// The variable of a term whose value falls into ranges, and its type.
    fn ranged(&self, at: &Place, term: &Term) -> Option<(Variable, Option<Type>)> {
        match term {
            Term::Field { row, field } => {
                let spot = self.spot(at, *row, *field);
                let ty = self.design.entities[spot.entity].fields[spot.field].ty.clone();
                Some((Variable::Field(spot), Some(ty)))
            }
            Term::Claim(claim) => {
                let ty = self.claim_type(*claim);
                Some((Variable::Claim(*claim), ty))
            }
            Term::Caller | Term::Now { .. } | Term::Input(_) | Term::Value(_) => None,
        }
    }

    fn claim_type(&self, claim: groma_ir::design::ClaimId) -> Option<Type> {
        use groma_ir::design::ClaimType;
        use groma_ir::scalar::{Bounds, Scalar, Text};
        let auth = self.design.auth.as_ref()?;
        let scalar = match auth.claims[claim].ty {
            ClaimType::Bool => Scalar::Bool,
            ClaimType::Text => Scalar::Text(Text::default()),
            // A token may hold any number; only what is stored is kept within bounds.
            ClaimType::Int => Scalar::Int(Bounds {
                min: Some(i64::MIN),
                max: Some(i64::MAX),
            }),
        };
        Some(Type::Scalar(scalar))
    }

    fn spot(&self, at: &Place, row: Row, field: FieldId) -> Spot {
        let mut spot = at.field(row, field);
        if spot.way.is_empty() && self.kept.contains(&(spot.entity, field)) {
            spot.row = Row::This;
        }
        spot
    }

    /// The place at the end of a path, and the references on the way that may be empty.
    fn end(&self, at: &Place, path: &Path, target: EntityId) -> Option<(Place, Vec<Spot>)> {
        let mut here = Place {
            row: if at.way.is_empty() { path.row } else { at.row },
            ..at.clone()
        };
        let mut empty = Vec::new();
        for step in &path.steps {
            let spot = self.spot(&here, here.row, *step);
            let next = self.design.entities[here.entity].fields[*step].ty.target()?;
            if self.may_lead_nowhere(&spot) {
                empty.push(spot.clone());
            }
            // What is kept leads to the same row before and after.
            here.row = spot.row;
            here.way.push(*step);
            here.entity = next;
        }
        (here.entity == target).then_some((here, empty))
    }

    fn tree(&mut self, at: &Place, pred: &Pred) -> Formula {
        match pred {
            Pred::All(preds) => Formula::All(preds.iter().map(|pred| self.tree(at, pred)).collect()),
            Pred::Any(preds) => Formula::any(preds.iter().map(|pred| self.tree(at, pred)).collect()),
            Pred::Not(pred) => Formula::Not(Box::new(self.tree(at, pred))),
            Pred::Atom(atom) => self.atom(at, atom),
        }
    }

    fn atom(&mut self, at: &Place, atom: &Atom) -> Formula {
        match atom {
            Atom::Authenticated => self.caller(|kind| kind.authenticated),
            Atom::Role(role) => self.caller(|kind| kind.roles.contains(*role)),
            Atom::IsCaller { path, .. } => self.is_caller(at, path),
            Atom::Linked {
                path, link, least, ..
            } => self.linked(at, path, (*link, *least)),
            Atom::Exists {
                path, target, pred, ..
            } => {
                let Some((inner, empty)) = self.end(at, path, *target) else {
                    return Formula::truth(false);
                };
                let mut parts: Vec<Formula> = empty.into_iter().map(|spot| self.leads_on(spot)).collect();
                parts.push(self.tree(&inner, pred));
                Formula::Firm(Box::new(Formula::All(parts)))
            }
            Atom::Compare { op, left, right } => self.compare(at, *op, left, right),
            Atom::IsNone(Term::Field { row, field }) if self.is_foreign_table(at.entity) => {
                let spot = self.spot(at, *row, *field);
                self.is_none_there(spot)
            }
            Atom::IsNone(term) => Formula::Not(Box::new(self.given(at, term))),
            Atom::In { term, set } => {
                let parts = set
                    .iter()
                    .map(|item| self.compare(at, Compare::Eq, term, item))
                    .collect();
                let known = self.given(at, term);
                Formula::Known(vec![known], Box::new(Formula::any(parts)))
            }
            Atom::IsTrue { row, field } => {
                let spot = self.spot(at, *row, *field);
                self.test(Variable::Field(spot), |region| match region {
                    Region::None => None,
                    region => Some(*region == Region::True),
                })
            }
            Atom::ClaimIsTrue(claim) => {
                let said = self.test(Variable::Claim(*claim), |region| match region {
                    Region::None => None,
                    region => Some(*region == Region::True),
                });
                let signed_in = self.caller(|kind| kind.authenticated);
                Formula::Known(vec![signed_in], Box::new(said))
            }
        }
    }

    fn is_caller(&mut self, at: &Place, path: &Path) -> Formula {
        let Some((last, way)) = path.steps.split_last() else {
            return Formula::truth(false);
        };
        let way = Path {
            row: path.row,
            steps: way.to_vec(),
        };
        let mut here = Place {
            row: if at.way.is_empty() { path.row } else { at.row },
            ..at.clone()
        };
        let mut parts = vec![self.caller(|kind| kind.authenticated)];
        if !way.steps.is_empty() {
            let Some(target) = self.target(at.entity, &way) else {
                return Formula::truth(false);
            };
            let Some((end, empty)) = self.end(at, &way, target) else {
                return Formula::truth(false);
            };
            here = end;
            for spot in empty {
                parts.push(self.leads_on(spot));
            }
        }
        let spot = self.spot(&here, here.row, *last);
        parts.push(self.is_there(spot.clone()));
        parts.push(self.test(Variable::IsCaller(spot), |region| Some(*region == Region::True)));
        Formula::Firm(Box::new(Formula::All(parts)))
    }

    fn linked(&mut self, at: &Place, path: &Path, (link, least): (EntityId, VariantId)) -> Formula {
        let end = self
            .target(at.entity, path)
            .and_then(|target| self.end(at, path, target));
        let Some((end, empty)) = end else {
            return Formula::truth(false);
        };
        let mut parts = vec![self.caller(|kind| kind.authenticated)];
        parts.extend(empty.into_iter().map(|spot| self.leads_on(spot)));
        let tie = Tie {
            // A change leaves the key of a row, and so who is tied to it.
            row: if end.way.is_empty() { Row::This } else { end.row },
            way: end.way,
            entity: end.entity,
            link,
        };
        parts.push(self.test(Variable::Level(tie), |region| {
            Some(matches!(region, Region::Variant(_, level) if *level >= least))
        }));
        Formula::Firm(Box::new(Formula::All(parts)))
    }

    fn target(&self, entity: EntityId, path: &Path) -> Option<EntityId> {
        path.steps.iter().try_fold(entity, |entity, step| {
            self.design.entities[entity].fields[*step].ty.target()
        })
    }

    /// Whether a value may be empty.
    fn may_be_empty(&self, spot: &Spot) -> bool {
        let entity = &self.design.entities[spot.entity];
        entity.fields[spot.field].optional || entity.storage != Storage::Managed
    }

    /// Whether a reference may be empty, or lead to a row of somebody else's that is gone.
    fn may_lead_nowhere(&self, spot: &Spot) -> bool {
        self.may_be_empty(spot) || self.is_foreign(spot)
    }

    fn is_foreign(&self, spot: &Spot) -> bool {
        let target = self.design.entities[spot.entity].fields[spot.field].ty.target();
        target.is_some_and(|target| self.design.entities[target].storage != Storage::Managed)
    }

    /// That a stored value is not empty.
    fn is_there(&mut self, spot: Spot) -> Formula {
        if !self.may_be_empty(&spot) {
            return Formula::truth(true);
        }
        self.test(Variable::Field(spot), |region| Some(*region != Region::None))
    }

    /// That a reference leads to a row.
    fn leads_on(&mut self, spot: Spot) -> Formula {
        let is_foreign = self.is_foreign(&spot);
        let there = self.is_there(spot.clone());
        if !is_foreign {
            return there;
        }
        let kept = self.test(Variable::Gone(spot), |region| Some(*region == Region::False));
        Formula::All(vec![there, kept])
    }

    fn is_foreign_table(&self, entity: EntityId) -> bool {
        self.design.entities[entity].storage != Storage::Managed
    }

    /// That a value in a table of somebody else is empty: what is not known there is neither empty nor not.
    fn is_none_there(&mut self, spot: Spot) -> Formula {
        let variable = self.place(Variable::Field(spot));
        let regions = self
            .variables
            .get(variable)
            .map(|(_, regions)| regions.as_slice());
        let truths = regions.unwrap_or_default().iter().map(|region| match region {
            Region::None => Truths::TRUE.with(Truths::UNKNOWN),
            _ => Truths::FALSE,
        });
        Formula::Test {
            variable,
            truths: truths.collect(),
        }
    }

    /// That a term is not empty.
    fn given(&mut self, at: &Place, term: &Term) -> Formula {
        match term {
            Term::Field { row, field } => {
                let spot = self.spot(at, *row, *field);
                self.is_there(spot)
            }
            Term::Claim(claim) => {
                let signed_in = self.caller(|kind| kind.authenticated);
                let said = self.test(Variable::Claim(*claim), |region| Some(*region != Region::None));
                Formula::All(vec![signed_in, said])
            }
            Term::Caller => self.caller(|kind| kind.authenticated),
            Term::Value(value) => Formula::truth(*value != Value::None),
            Term::Now { .. } | Term::Input(_) => Formula::truth(true),
        }
    }

    fn compare(&mut self, at: &Place, op: Compare, left: &Term, right: &Term) -> Formula {
        match (left, right) {
            (Term::Value(left), Term::Value(right)) => constant(op, left, right),
            (Term::Value(_), _) => self.compare(at, flipped(op), right, left),
            (term, Term::Value(value)) => self
                .against(at, op, term, value)
                .unwrap_or_else(|| self.order(at, op, left, right)),
            (Term::Field { row, field }, Term::Caller) | (Term::Caller, Term::Field { row, field }) => {
                self.against_caller(at, op, *row, *field)
            }
            _ => self.order(at, op, left, right),
        }
    }

    /// A comparison of a value that falls into ranges with a literal.
    fn against(&mut self, at: &Place, op: Compare, term: &Term, value: &Value) -> Option<Formula> {
        let (variable, ty) = self.ranged(at, term)?;
        let literal = Literal::of(ty.as_ref(), value);
        let told = move |region: &Region| {
            let order = match (region, value) {
                (Region::None, _) => return None,
                (Region::False, Value::Bool(wanted)) => false.cmp(wanted),
                (Region::True, Value::Bool(wanted)) => true.cmp(wanted),
                (Region::Variant(_, variant), Value::Variant(_, wanted)) => variant.cmp(wanted),
                (region, _) => match literal.as_ref().and_then(|literal| region.order(literal)) {
                    Some(order) => order,
                    // Unlike every literal: what is not ordered is then simply not equal.
                    None => std::cmp::Ordering::Less,
                },
            };
            Some(compares(op, order))
        };
        let test = self.test(variable, told);
        Some(match term {
            Term::Claim(_) => {
                let signed_in = self.caller(|kind| kind.authenticated);
                Formula::Known(vec![signed_in], Box::new(test))
            }
            _ => test,
        })
    }

    /// `owner == caller` in a condition: unknown where one of them is not there.
    fn against_caller(&mut self, at: &Place, op: Compare, row: Row, field: FieldId) -> Formula {
        let spot = self.spot(at, row, field);
        let signed_in = self.caller(|kind| kind.authenticated);
        let there = self.is_there(spot.clone());
        let same = self.test(Variable::IsCaller(spot), move |region| {
            let same = *region == Region::True;
            match op {
                Compare::Eq => Some(same),
                Compare::Ne => Some(!same),
                // Keys are not ordered for a user; the checker says so before it gets here.
                Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => None,
            }
        });
        Formula::Known(vec![signed_in, there], Box::new(same))
    }

    /// A comparison of two values neither of which is a literal with ranges.
    fn order(&mut self, at: &Place, op: Compare, left: &Term, right: &Term) -> Formula {
        let (Some(one), Some(other)) = (self.operand(at, left), self.operand(at, right)) else {
            return Formula::Always(Truths::UNKNOWN);
        };
        let known = vec![self.given(at, left), self.given(at, right)];
        let (variable, op) = if one <= other {
            (Variable::Order(one, other), op)
        } else {
            (Variable::Order(other, one), flipped(op))
        };
        let test = self.test(variable, move |region| {
            Some(match region {
                Region::Less => compares(op, std::cmp::Ordering::Less),
                Region::Equal => compares(op, std::cmp::Ordering::Equal),
                Region::Greater => compares(op, std::cmp::Ordering::Greater),
                _ => op == Compare::Ne,
            })
        });
        Formula::Known(known, Box::new(test))
    }

    fn operand(&self, at: &Place, term: &Term) -> Option<Operand> {
        Some(match term {
            Term::Field { row, field } => Operand::Field(self.spot(at, *row, *field)),
            Term::Claim(claim) => Operand::Claim(*claim),
            Term::Caller => Operand::Caller,
            Term::Now { offset } => Operand::Now(*offset),
            Term::Input(input) => Operand::Input(*input),
            Term::Value(value) => Operand::Literal(Literal::of(None, value)?.to_string()),
        })
    }

    fn caller(&mut self, is_so: impl Fn(&CallerFacts) -> bool) -> Formula {
        let truths = self
            .kinds
            .iter()
            .map(|kind| Truths::of(Some(is_so(kind))))
            .collect();
        let variable = self.place(Variable::Caller);
        Formula::Test { variable, truths }
    }

    fn test(&mut self, variable: Variable, told: impl Fn(&Region) -> Option<bool>) -> Formula {
        let variable = self.place(variable);
        let regions = self
            .variables
            .get(variable)
            .map(|(_, regions)| regions.as_slice());
        let truths = regions
            .unwrap_or_default()
            .iter()
            .map(|region| Truths::of(told(region)));
        Formula::Test {
            variable,
            truths: truths.collect(),
        }
    }

    fn place(&mut self, variable: Variable) -> usize {
        if let Some(place) = self.places.get(&variable) {
            return *place;
        }
        let regions = self.regions(&variable);
        self.variables.push((variable.clone(), regions));
        let place = self.variables.len() - 1;
        self.places.insert(variable, place);
        place
    }

    fn regions(&self, variable: &Variable) -> Vec<Region> {
        let cuts = self.cuts.get(variable).map_or(&[][..], Vec::as_slice);
        match variable {
            Variable::Caller => (0..self.kinds.len()).map(Region::Caller).collect(),
            Variable::IsCaller(_) | Variable::Gone(_) => vec![Region::False, Region::True],
            Variable::Level(tie) => {
                let levels = self.design.entities[tie.link].link.as_ref().map(|link| link.of);
                let variants = levels.into_iter().flat_map(|of| {
                    let ids = self.design.enums[of].variants.ids();
                    ids.map(move |variant| Region::Variant(of, variant))
                });
                std::iter::once(Region::None).chain(variants).collect()
            }
            Variable::Field(spot) => {
                let entity = &self.design.entities[spot.entity];
                let field = &entity.fields[spot.field];
                let kept = Kept {
                    ty: Some(&field.ty),
                    optional: field.optional,
                    foreign: entity.storage != Storage::Managed,
                };
                regions(self.design, kept, cuts)
            }
            Variable::Claim(claim) => {
                let ty = self.claim_type(*claim);
                let kept = Kept {
                    ty: ty.as_ref(),
                    optional: true,
                    foreign: false,
                };
                regions(self.design, kept, cuts)
            }
            Variable::Order(left, right) if self.is_ordered(left) && self.is_ordered(right) => {
                vec![Region::Less, Region::Equal, Region::Greater]
            }
            Variable::Order(..) => vec![Region::Unequal, Region::Equal],
        }
    }

    fn is_ordered(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Field(spot) => match &self.design.entities[spot.entity].fields[spot.field].ty {
                Type::Scalar(scalar) => scalar.is_ordered(),
                Type::Enum(_) => true,
                Type::Reference(_) | Type::List(_) => false,
            },
            Operand::Claim(claim) => match self.claim_type(*claim) {
                Some(Type::Scalar(scalar)) => scalar.is_ordered(),
                _ => false,
            },
            Operand::Caller => false,
            Operand::Now(_) | Operand::Input(_) | Operand::Literal(_) => true,
        }
    }
}

fn place(entity: EntityId) -> Place {
    Place {
        row: Row::This,
        way: Vec::new(),
        entity,
    }
}

fn constant(op: Compare, left: &Value, right: &Value) -> Formula {
    match (Literal::of(None, left), Literal::of(None, right)) {
        (Some(left), Some(right)) => Formula::truth(compares(op, left.order(&right))),
        _ if matches!(left, Value::None) || matches!(right, Value::None) => Formula::Always(Truths::UNKNOWN),
        _ => Formula::truth(match op {
            Compare::Eq => left == right,
            Compare::Ne => left != right,
            Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => false,
        }),
    }
}
