//! The callers that a design can tell apart, and what each may do.

use groma_ir::access::{Access, Atom, CallerFacts, Pred, clause, kinds_of_caller};
use groma_ir::design::{Design, Effect, EntityId, FieldId, LinkKind, Path, RoleSet, Row, VariantId, Verb};
use groma_ir::{Id, words};

use crate::case::{Case, Settled};
use crate::guarantee::{created, may, may_all};
use crate::search::settle_as;
use crate::space::{Space, Want};
use crate::spot::{Spot, Tie, Variable};
use crate::words::{kind_words, level_name, level_words, spot_words};

/// One kind of caller towards one row.
#[derive(Clone, PartialEq, Debug)]
pub struct Persona {
    /// The kind of caller, by its place among [`kinds_of_caller`].
    pub kind: usize,
    /// What the caller is to the row; nothing: a stranger.
    pub is: Option<Relation>,
}

/// What a caller is to a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Relation {
    /// The user that a reference names.
    User(Spot),
    /// One who is tied to the row, or to one that its references lead to, at this level.
    Level(Tie, VariantId),
}

/// Whether a persona may do something.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// In no situation.
    No,
    /// In every situation.
    Yes,
    /// In some: the smallest in which it may, and the smallest in which it may not.
    When(Case, Case),
    /// There are too many situations to go through.
    Open,
}

impl Verdict {
    /// `yes`, `no`, `when` or `open`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::When(..) => "when",
            Self::Open => "open",
        }
    }
}

/// What a persona may do with one verb, and which rules say so.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// The rules that let the persona, and those that may refuse, by their place in the entity's `access` block.
    pub rules: Vec<usize>,
    /// The situations of the verdict in words: in which it may, in which it may not.
    pub cases: Option<(Vec<String>, Vec<String>)>,
}

/// The personas of an entity: nobody, a caller without a role and one with each of them as a stranger, then whoever
/// the rules name by the row. Whoever has several roles that do not include each other fits several of them.
pub fn personas(design: &Design, access: &Access, entity: EntityId) -> Vec<Persona> {
    let kinds = kinds_of_caller(design);
    let roles = design.auth.iter().flat_map(|auth| auth.roles.iter());
    let of_one: Vec<RoleSet> = roles.map(|role| role.includes).chain([RoleSet::EMPTY]).collect();
    let strangers = kinds.iter().enumerate();
    let strangers = strangers.filter(|(_, kind)| of_one.contains(&kind.roles));
    let strangers = strangers.map(|(kind, _)| Persona { kind, is: None });
    let plainest = kinds.iter().position(|kind| kind.authenticated);
    let related = relations(design, access, entity);
    let related = related.into_iter().filter_map(|relation| {
        Some(Persona {
            kind: plainest?,
            is: Some(relation),
        })
    });
    strangers.chain(related).collect()
}

/// Everything that the rules of an entity ask a caller to be to the row: `owner`, `project.owner`, `team.admin`.
fn relations(design: &Design, access: &Access, entity: EntityId) -> Vec<Relation> {
    let mut found = Vec::new();
    for verb in verbs(design, entity) {
        collect(
            design,
            &may(design, access, (entity, verb, None)),
            &[],
            entity,
            &mut found,
        );
    }
    found
}

/// The verbs of an entity, in the order in which people think of them.
pub fn verbs(design: &Design, entity: EntityId) -> Vec<Verb> {
    let actions = design.entities[entity].actions.ids().map(Verb::Action);
    let share = design.link_of(entity, LinkKind::Shares).map(|_| Verb::Share);
    [Verb::Read, Verb::Create, Verb::Update, Verb::Delete]
        .into_iter()
        .chain(share)
        .chain(actions)
        .collect()
}

fn collect(design: &Design, pred: &Pred, way: &[FieldId], entity: EntityId, found: &mut Vec<Relation>) {
    match pred {
        Pred::All(preds) | Pred::Any(preds) => {
            for pred in preds {
                collect(design, pred, way, entity, found);
            }
        }
        Pred::Not(pred) => collect(design, pred, way, entity, found),
        Pred::Atom(Atom::IsCaller { path, .. }) => {
            let Some((last, steps)) = path.steps.split_last() else {
                return;
            };
            let Some(end) = end(design, entity, steps) else {
                return;
            };
            let relation = Relation::User(Spot {
                row: Row::This,
                way: way.iter().chain(steps).copied().collect(),
                entity: end,
                field: *last,
            });
            if !found.contains(&relation) {
                found.push(relation);
            }
        }
        Pred::Atom(Atom::Linked { path, link, .. }) => {
            let Some(end) = end(design, entity, &path.steps) else {
                return;
            };
            let tie = Tie {
                row: Row::This,
                way: way.iter().chain(&path.steps).copied().collect(),
                entity: end,
                link: *link,
            };
            let Some(link) = &design.entities[*link].link else {
                return;
            };
            let levels = design.enums[link.of].variants.ids();
            let levels = levels.map(|level| Relation::Level(tie.clone(), level));
            let new: Vec<Relation> = levels.filter(|level| !found.contains(level)).collect();
            found.extend(new);
        }
        Pred::Atom(Atom::Exists {
            path, target, pred, ..
        }) => {
            let Path { steps, .. } = path;
            let way: Vec<FieldId> = way.iter().chain(steps).copied().collect();
            collect(design, pred, &way, *target, found);
        }
        Pred::Atom(_) => {}
    }
}

fn end(design: &Design, entity: EntityId, steps: &[FieldId]) -> Option<EntityId> {
    steps.iter().try_fold(entity, |entity, step| {
        design.entities[entity].fields[*step].ty.target()
    })
}

impl Relation {
    /// The relation as a rule names it: `owner`, `project.owner`, `team.admin`.
    pub fn name(&self, design: &Design) -> String {
        match self {
            Self::User(spot) => spot_words(design, spot).trim_matches('`').to_owned(),
            Self::Level(tie, level) => level_name(design, tie, *level),
        }
    }
}

impl Persona {
    /// Who it is, in words: `signed in`, `` the `owner` ``.
    pub fn words(&self, design: &Design) -> String {
        match &self.is {
            Some(Relation::User(spot)) => format!("the {}", spot_words(design, spot)),
            Some(Relation::Level(tie, level)) => level_words(design, tie, *level),
            None => kind_words(design, &self.facts(design)),
        }
    }

    /// That the row is one to which the caller is that: its references lead there.
    fn is_so(&self, entity: EntityId) -> Pred {
        match &self.is {
            None => Pred::ALWAYS,
            Some(Relation::User(spot)) => {
                let steps = spot.way.iter().copied().chain([spot.field]).collect();
                Pred::Atom(Atom::IsCaller {
                    entity,
                    path: Path { row: spot.row, steps },
                })
            }
            Some(Relation::Level(tie, level)) => Pred::Atom(Atom::Linked {
                entity,
                path: Path {
                    row: tie.row,
                    steps: tie.way.clone(),
                },
                link: tie.link,
                least: *level,
            }),
        }
    }

    fn facts(&self, design: &Design) -> CallerFacts {
        kinds_of_caller(design)
            .get(self.kind)
            .copied()
            .unwrap_or_default()
    }

    /// What is known of a variable for such a caller, as the place of its choice; nothing where either may be.
    fn choice(&self, variable: &Variable, others: Others) -> Option<usize> {
        match variable {
            Variable::Caller if self.is.is_some() && others == Others::Anything => None,
            Variable::Caller => Some(self.kind),
            Variable::IsCaller(spot) => match &self.is {
                Some(Relation::User(is)) if is == spot => Some(1),
                _ => none_of(spot.row, others),
            },
            Variable::Level(tie) => match &self.is {
                // The ranges begin with no level at all.
                Some(Relation::Level(is, level)) if is == tie => Some(level.index() + 1),
                _ => none_of(tie.row, others),
            },
            Variable::Field(_) | Variable::Claim(_) | Variable::Order(..) | Variable::Gone(_) => None,
        }
    }
}

/// That a caller is none of what else rules name; after a change the row may be anybody's.
fn none_of(row: Row, others: Others) -> Option<usize> {
    (row == Row::This && others == Others::Nothing).then_some(0)
}

/// What else a persona may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Others {
    /// Nothing to the row.
    Nothing,
    /// Whatever rules name by the row.
    Related,
    /// That, and of another kind.
    Anything,
}

/// Whether a persona may do something to a row of an entity; to one of its fields, or to any. A stranger may be
/// something to the row after all, if that is asked for.
pub fn ask(
    design: &Design,
    access: &Access,
    asked: (EntityId, Verb, Option<FieldId>),
    persona: &Persona,
    stranger: Others,
) -> Answer {
    let (entity, verb, field) = asked;
    let may_some = may(design, access, (entity, verb, field));
    let may_all = may_all(design, access, (entity, verb, field));
    // Who is one thing to a row may be another one as well; to say `always` it must hold for each of them.
    let (at_least, at_most) = match persona.is {
        Some(_) => (Others::Related, Others::Anything),
        None => (stranger, stranger),
    };
    let is_so = persona.is_so(entity);
    let look = |pred: &Pred, want, others| {
        let mut space = Space::new(design);
        let wants = [(entity, pred, want), (entity, &is_so, Want::True)];
        let settled = settle_as(&mut space, &wants, |variable| persona.choice(variable, others));
        (space, settled)
    };
    let (allowed_in, allowed) = look(&may_some, Want::True, at_least);
    let (refused_in, refused) = look(&may_all, Want::NotTrue, at_most);
    let mut cases = None;
    let verdict = match (allowed, refused) {
        (Settled::Never, _) => Verdict::No,
        (Settled::Found(_), Settled::Never) => Verdict::Yes,
        (Settled::Found(may), Settled::Found(may_not)) => {
            cases = Some((
                allowed_in.describe(&without(&may, persona, at_least)),
                refused_in.describe(&without(&may_not, persona, at_most)),
            ));
            Verdict::When(may, may_not)
        }
        (Settled::Open, _) | (_, Settled::Open) => Verdict::Open,
    };
    let rules = match verdict {
        Verdict::No => Vec::new(),
        Verdict::Yes | Verdict::When(..) | Verdict::Open => {
            rules(design, asked, persona, (at_least, at_most))
        }
    };
    Answer {
        verdict,
        rules,
        cases,
    }
}

/// The smallest situation in which anybody at all may do something, in words.
pub fn anybody(
    design: &Design,
    access: &Access,
    (entity, verb, field): (EntityId, Verb, Option<FieldId>),
) -> Option<Vec<String>> {
    let pred = may(design, access, (entity, verb, field));
    let mut space = Space::new(design);
    match crate::search::settle(&mut space, &[(entity, &pred, Want::True)]) {
        Settled::Found(case) => Some(space.describe(&case)),
        Settled::Never | Settled::Open => None,
    }
}

/// The case without what the persona says already.
fn without(case: &Case, persona: &Persona, others: Others) -> Case {
    let mut case = case.clone();
    case.choices
        .retain(|choice| persona.choice(&choice.variable, others).is_none());
    case
}

/// The rules that can let such a caller, and those that can refuse.
fn rules(
    design: &Design,
    (entity, verb, field): (EntityId, Verb, Option<FieldId>),
    persona: &Persona,
    (at_least, at_most): (Others, Others),
) -> Vec<usize> {
    let is_so = persona.is_so(entity);
    let rules = design.entities[entity].rules.iter().enumerate();
    let counts = rules.filter(|(_, rule)| {
        let is_about = rule.verbs.iter().any(|used| {
            used.verb == verb
                && (used.fields.is_empty() || field.is_none_or(|field| used.fields.contains(&field)))
        });
        is_about && {
            let pred = clause(design, entity, rule);
            let pred = match verb {
                Verb::Create => created(design, entity, pred.on_this_row()),
                _ => pred,
            };
            let others = match rule.effect {
                Effect::Allow => at_least,
                Effect::Deny => at_most,
            };
            let mut space = Space::new(design);
            let wants = [(entity, &pred, Want::True), (entity, &is_so, Want::True)];
            let settled = settle_as(&mut space, &wants, |variable| persona.choice(variable, others));
            settled != Settled::Never
        }
    });
    let mut found: Vec<usize> = counts.map(|(at, _)| at).collect();
    // What lets comes before what refuses.
    found.sort_by_key(|at| {
        let effect = design.entities[entity].rules.get(*at).map(|rule| rule.effect);
        (effect == Some(Effect::Deny), *at)
    });
    found
}

impl Answer {
    /// The rules in words, with the place of each.
    pub fn reasons(&self, design: &Design, entity: EntityId, verb: Verb) -> Vec<(String, String)> {
        let declared = &design.entities[entity];
        let rules = self.rules.iter().filter_map(|at| declared.rules.get(*at));
        rules
            .map(|rule| {
                (
                    words::rule_line(design, entity, rule, verb),
                    design.place(rule.origin),
                )
            })
            .collect()
    }
}
