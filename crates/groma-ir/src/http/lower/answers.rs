//! Every way in which a route can fail.

use super::super::{Answer, LONGEST_TARGET, Operation, Problem};
use super::Draft;
use super::hold::References;
use crate::access::{Access, CallerFacts, Pred, VerbRule};
use crate::design::{Default, Design, Entity, Field, FieldId, Find, Generated, Resource, Storage, Verb};
use crate::{spelling, words};

/// What decides the answers of a route.
pub(super) struct Facts<'a> {
    pub(super) design: &'a Design,
    pub(super) access: &'a Access,
    pub(super) resource: &'a Resource,
    pub(super) draft: &'a Draft,
    /// Whether it takes query parameters.
    pub(super) has_query: bool,
    /// The kinds of callers that there can be, by role.
    pub(super) kinds: &'a [CallerFacts],
    /// What refers to what.
    pub(super) references: &'a References<'a>,
}

/// Every answer but success, in the order in which a server decides them.
pub(super) fn of(facts: &Facts<'_>) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut add = |problem: Problem, when: &str| {
        answers.push(Answer {
            problem,
            when: when.to_owned(),
        });
    };
    if facts.draft.admission.public {
        add(Problem::Unauthenticated, "A token is sent and does not verify.");
    } else {
        add(
            Problem::Unauthenticated,
            "There is no token, or it does not verify.",
        );
    }
    for when in facts.forbidden() {
        add(Problem::Forbidden, &when);
    }
    add(Problem::InvalidRequest, facts.invalid_request());
    if facts.has_query {
        add(
            Problem::UriTooLong,
            &format!("The path with its query is over {LONGEST_TARGET} bytes."),
        );
    }
    if facts.takes_body() {
        let status = facts.design.service.validation_status;
        add(Problem::InvalidBody { status }, &facts.invalid_body());
        if let Some(referred) = facts.named_in_path() {
            let referred = super::article(&referred.name);
            add(
                Problem::InvalidBody { status },
                &format!("The path names {referred} that is not there."),
            );
        }
    }
    of_form(facts, &mut add);
    if let Some(find) = facts.find() {
        let field = &facts.entity().fields[find.field].wire;
        add(
            Problem::NotFound,
            &format!("No row has this `{field}`, or the caller may neither see it nor do this."),
        );
    } else if facts.draft.operation.is_on_item() && facts.draft.made.is_none() {
        add(
            Problem::NotFound,
            "There is no such row, or the caller may not see it.",
        );
    } else if let Some(parent) = facts.resource.parent() {
        let parent = spelling::spaced(&facts.design.entities[parent.entity].name);
        add(
            Problem::NotFound,
            &format!("There is no such {parent}, or the caller may not see it."),
        );
    }
    if facts.has_if_match() {
        add(
            Problem::PreconditionFailed,
            "`If-Match` is sent and the row has changed since.",
        );
    }
    if facts.draft.made.is_some() {
        add(
            Problem::PreconditionFailed,
            "`If-Match` is sent and the row is not there, or `If-None-Match` is and it is.",
        );
    }
    if facts.draft.require_match {
        add(Problem::PreconditionRequired, "`If-Match` is missing.");
    }
    facts.conflicts(&mut add);
    if let Some(rate) = facts.design.service.limits.rate {
        add(
            Problem::TooManyRequests,
            &format!("The {} is over the rate limit.", rate.per.name()),
        );
    }
    if let Some(limit) = facts.draft.admission.limit {
        let (per, rate) = (limit.per.name(), words::rate(limit));
        add(
            Problem::TooManyRequests,
            &format!("The {per} is over the limit of this route: {rate}."),
        );
    }
    add(Problem::Internal, "A defect of the server.");
    add(
        Problem::Unavailable,
        "The database or the verification keys cannot be reached.",
    );
    answers
}

/// What is decided by the form in which it comes and is to be answered, before any row is looked at.
fn of_form(facts: &Facts<'_>, add: &mut impl FnMut(Problem, &str)) {
    if facts.draft.success.body.is_some() {
        add(Problem::NotAcceptable, "`Accept` leaves no room for JSON.");
    }
    if facts.takes_body() {
        add(
            Problem::ContentTooLarge,
            &format!("The body is over {} bytes.", facts.design.service.limits.body),
        );
        add(Problem::UnsupportedMediaType, "The body is not sent as JSON.");
    }
    if facts.draft.may_be_sent_again(facts.design) {
        add(
            Problem::KeyInUse,
            "A request with the same `Idempotency-Key` is being answered.",
        );
        add(
            Problem::KeyReused,
            "The `Idempotency-Key` came with another request before.",
        );
    }
}

impl Facts<'_> {
    fn entity(&self) -> &Entity {
        &self.design.entities[self.resource.entity]
    }

    fn find(&self) -> Option<Find> {
        super::found_by(self.entity(), self.draft.operation)
    }

    fn takes_body(&self) -> bool {
        self.draft.body.is_some() || matches!(self.draft.operation, Operation::Action(_))
    }

    fn has_if_match(&self) -> bool {
        self.draft.operation.is_on_item() && self.draft.operation.is_write() && self.find().is_none()
    }

    fn invalid_request(&self) -> &'static str {
        match self.draft.operation {
            Operation::List | Operation::Get | Operation::Delete | Operation::Report(_) => {
                "A query parameter is unknown, or its value does not fit."
            }
            Operation::Create | Operation::Update | Operation::Replace | Operation::Action(_) => {
                "The body is not valid JSON, or a query parameter is sent."
            }
        }
    }

    fn invalid_body(&self) -> String {
        if self.draft.body.is_none() {
            return String::from("The body is neither empty nor an empty object.");
        }
        let mut reasons = vec![String::from("does not fit its schema")];
        if self.refers() {
            reasons.push(String::from("refers to something that is not there"));
        }
        if self.can_break_a_check() {
            reasons.push(String::from("breaks a check of the row"));
        }
        format!("The body {}.", words::list(reasons, "or"))
    }

    /// Whether the body can hold a reference.
    fn refers(&self) -> bool {
        let entity = self.entity();
        match self.draft.operation {
            Operation::Action(action) => entity.actions[action]
                .inputs
                .iter()
                .any(|input| input.ty.target().is_some()),
            _ => self
                .draft
                .writes
                .iter()
                .any(|field| entity.fields[*field].ty.target().is_some()),
        }
    }

    /// What the path of a row that is made refers to.
    fn named_in_path(&self) -> Option<&Entity> {
        self.draft.made?;
        let named = self.entity().fields[self.resource.by].ty.target()?;
        Some(&self.design.entities[named])
    }

    /// Whether some check mentions a field that the operation writes.
    fn can_break_a_check(&self) -> bool {
        let entity = self.entity();
        let writes = |field: &FieldId| match self.draft.operation {
            Operation::Create => true,
            Operation::Replace if self.draft.made.is_some() => true,
            Operation::Action(action) => {
                let action = &entity.actions[action];
                action.sets.iter().any(|(set, _)| set == field)
                    || action.moves.as_ref().is_some_and(|moves| moves.field == *field)
            }
            _ => self.draft.writes.contains(field),
        };
        entity
            .checks
            .iter()
            .any(|check| check.cond.fields().iter().any(writes))
    }

    fn verb(&self) -> Verb {
        match self.draft.operation {
            Operation::List | Operation::Get | Operation::Report(_) => Verb::Read,
            Operation::Create => Verb::Create,
            Operation::Update | Operation::Replace => Verb::Update,
            Operation::Delete => Verb::Delete,
            Operation::Action(action) => Verb::Action(action),
        }
    }

    fn forbidden(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.draft.path.has_caller() {
            reasons.push(String::from("The path names another caller than the token does."));
        }
        if self.callers().any(|caller| !self.is_possible(caller)) {
            reasons.push(String::from("The caller's role never may."));
        }
        if self.rule_can_refuse() {
            if self.draft.operation == Operation::Create || self.draft.made.is_some() {
                reasons.push(String::from("The caller may not make such a row."));
            }
            if self.draft.operation != Operation::Create {
                reasons.push(String::from(
                    "The caller may see the row, and may not do this to it.",
                ));
            }
        }
        reasons
    }

    fn is_possible(&self, caller: &CallerFacts) -> bool {
        let access = self.access.of(self.resource.entity);
        match self.draft.operation {
            Operation::Create => access.create.is_possible(caller),
            Operation::Replace if self.draft.made.is_some() => {
                access.create.is_possible(caller) || access.update.is_possible(caller)
            }
            Operation::Update | Operation::Replace => access.update.is_possible(caller),
            _ => !access.verb(self.verb()).for_caller(caller).is_never(),
        }
    }

    /// Whether a row that a caller may see can still be refused to them.
    fn rule_can_refuse(&self) -> bool {
        let access = self.access.of(self.resource.entity);
        // Of a caller who never may whatever the request, the route says so itself.
        let can = |rules: &[&Pred], known: &Pred| {
            self.callers().any(|caller| {
                let rules: Vec<Pred> = rules.iter().map(|rule| rule.for_caller(caller)).collect();
                let known = known.for_caller(caller);
                let is_open = |rule: &Pred| rule.is_always() || *rule == known;
                rules.iter().any(|rule| !rule.is_never()) && !rules.iter().all(is_open)
            })
        };
        let all = |rule: &VerbRule, known: &Pred| {
            let fields = rule.fields.iter().map(|(_, pred)| pred);
            let rules: Vec<&Pred> = std::iter::once(&rule.row).chain(fields).collect();
            can(&rules, known)
        };
        match self.draft.operation {
            Operation::List | Operation::Get | Operation::Report(_) => false,
            Operation::Create => all(&access.create, &Pred::ALWAYS),
            Operation::Update | Operation::Replace => {
                all(&access.update, &access.read)
                    || changes_access(&self.draft.writes, &access.update)
                    || self.draft.made.is_some() && all(&access.create, &Pred::ALWAYS)
            }
            Operation::Delete | Operation::Action(_) => can(&[access.verb(self.verb())], &access.read),
        }
    }

    /// The kinds of callers that there can be, by role.
    fn callers(&self) -> impl Iterator<Item = &CallerFacts> {
        let kinds = self.kinds.iter();
        kinds.filter(|caller| self.draft.admission.public || caller.authenticated)
    }

    fn conflicts(&self, add: &mut impl FnMut(Problem, &str)) {
        let entity = self.entity();
        if let Some(level) = self.level_that_stays() {
            add(
                Problem::InvalidState,
                &format!("It is the last one with `{level}`, and one must stay."),
            );
        }
        match self.draft.operation {
            Operation::Create | Operation::Update | Operation::Replace => {
                if self.can_collide() {
                    add(Problem::Conflict, "Another row has the same unique values.");
                }
                let is_made = self.draft.operation == Operation::Create || self.draft.made.is_some();
                if is_made && self.can_lack_its_caller() {
                    let caller = self
                        .design
                        .caller_entity()
                        .map(|id| &self.design.entities[id].name);
                    let caller = caller.map_or("", String::as_str);
                    add(
                        Problem::Conflict,
                        &format!("The caller has no `{caller}` row yet."),
                    );
                }
                if self.draft.operation != Operation::Create
                    && entity
                        .states
                        .iter()
                        .any(|states| self.draft.writes.contains(&states.field))
                {
                    add(
                        Problem::InvalidState,
                        "The state may not change so, or only by an action.",
                    );
                }
            }
            Operation::Delete => {
                if let Some(when) = self.references.hold_on(self.resource.entity).when() {
                    add(Problem::Conflict, when);
                }
            }
            Operation::Action(id) => {
                let action = &entity.actions[id];
                if action.moves.is_some() {
                    add(Problem::InvalidState, "The row is not in a state that allows it.");
                }
                if self.draft.body.is_none() && self.can_break_a_check() {
                    add(
                        Problem::InvalidState,
                        "A check of the row would not hold afterwards.",
                    );
                }
                for error in &action.errors {
                    let problem = Problem::Declared {
                        name: error.name.clone(),
                        status: error.status,
                    };
                    add(
                        problem,
                        &format!("The guard `{}` of the action holds.", error.name),
                    );
                }
                let is_taken = action.sets.iter().any(|(field, _)| is_unique(entity, *field));
                if is_taken || !action.creates.is_empty() {
                    add(Problem::Conflict, "Another row has the same unique values.");
                }
            }
            Operation::List | Operation::Get | Operation::Report(_) => {}
        }
    }

    /// The level of which one must be left, where the route could take the last one.
    fn level_that_stays(&self) -> Option<&str> {
        let link = self.entity().link.as_ref()?;
        let takes = match self.draft.operation {
            Operation::Delete => true,
            Operation::Update | Operation::Replace => self.draft.writes.contains(&link.level),
            _ => false,
        };
        let level = link.least.filter(|_| takes)?.level;
        Some(self.design.variant_name(link.of, level))
    }

    /// A create can meet any unique constraint, a change only those whose fields it writes.
    fn can_collide(&self) -> bool {
        let entity = self.entity();
        let key = entity.fields[entity.key].generated;
        match self.draft.operation {
            _ if self.draft.made.is_some() => true,
            Operation::Create => {
                !entity.uniques.is_empty() || !matches!(key, Some(Generated::Uuid7 | Generated::Identity))
            }
            _ => self.draft.writes.iter().any(|field| is_unique(entity, *field)),
        }
    }

    /// Whether a new row refers to the caller's row in a table of ours, where it may be gone.
    fn can_lack_its_caller(&self) -> bool {
        let of_caller = |field: &Field| {
            field.default == Some(Default::Caller)
                && field
                    .ty
                    .target()
                    .is_some_and(|target| self.design.entities[target].storage == Storage::Managed)
        };
        self.entity().fields.iter().any(of_caller)
    }
}

fn is_unique(entity: &Entity, field: FieldId) -> bool {
    entity.uniques.iter().any(|unique| unique.fields.contains(&field))
}

/// Whether a change can move a row out of what its writer may write: the rule looks at a field that is written.
fn changes_access(writes: &[FieldId], rule: &VerbRule) -> bool {
    let mut preds = std::iter::once(&rule.row).chain(rule.fields.iter().map(|(_, pred)| pred));
    preds.any(|pred| pred.fields().iter().any(|field| writes.contains(field)))
}
