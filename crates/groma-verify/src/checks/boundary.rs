//! The boundary of each rule: for every part of it two requests in which that part alone decides, one each way.
//!
//! A rule that lost an alternative, a condition, or its look at the row after a change is caught even where the other
//! parts usually hide it. Such requests are looked for in the oracle: callers, rows and bodies at random, and only
//! what shows something new is made in the service. Whether a part can decide alone at all is asked of the analysis
//! of the rules; one that can, and for which nothing came up, is reported. Beside them one request of each kind is
//! sent that the rules refuse: a service that lets in more than the design does so for some kind.

mod kinds;
mod parts;
mod possible;
mod search;

use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, Storage, Verb};
use groma_ir::http::Operation;

use crate::call::Call;
use crate::catalogue;
use crate::net::NetError;
use crate::oracle::{Images, Scene, holds_pred};
use crate::session::Session;
use search::Search;

/// A verb, for the row as a whole or for one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Point {
    entity: EntityId,
    verb: Verb,
    field: Option<FieldId>,
}

/// What should decide alone, and whether it should let the request through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Goal {
    point: Point,
    part: Part,
    lets_through: bool,
}

/// What can decide alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    /// A part of the rule, by its place, when it is asked so.
    Fact(usize, When),
    /// That the row may be read.
    Sight,
}

/// When a part is asked, where a change is asked about twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// Whenever it is.
    Always,
    /// On the row as it is, while it holds on the row as it will be.
    Before,
    /// The other way round.
    After,
}

impl When {
    /// Whether it is about the first or the second time.
    fn is_about(self, time: usize) -> bool {
        match self {
            Self::Always => true,
            Self::Before => time == 0,
            Self::After => time == 1,
        }
    }
}

/// How often all entities are gone through while something is open: rows of one let others be what they must be.
const PASSES: usize = 6;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let design = &cx.model.design;
    let managed = design.entities.entries();
    let managed = managed.filter(|(_, entity)| entity.storage == Storage::Managed);
    let entities: Vec<EntityId> = managed.map(|(id, _)| id).collect();
    let mut searches = Vec::new();
    for entity in entities {
        let mut goals = goals(cx, entity);
        goals.retain(|goal| possible::is_possible(cx, *goal));
        searches.push(Search::new(cx, entity, goals));
    }
    for pass in 0..PASSES {
        if pass > 0 && searches.iter().all(|search| search.open.is_empty()) {
            break;
        }
        for search in &mut searches {
            if pass == 0 || !search.open.is_empty() {
                search.go_on(cx)?;
            } else {
                // What is open elsewhere may hang on the states of these.
                search.stir(cx)?;
            }
        }
    }
    for search in searches {
        // Where nobody makes rows it has been said so.
        let can_be_made = cx.route_of(search.entity, Operation::Create).is_some();
        if can_be_made || cx.world.alive(search.entity).next().is_some() {
            for goal in search.open {
                report(cx, goal);
            }
        }
    }
    Ok(())
}

/// The points of an entity that some route is about.
fn points(cx: &Session<'_>, entity: EntityId) -> Vec<Point> {
    let access = cx.model.access.of(entity);
    let whole = |verb| Point {
        entity,
        verb,
        field: None,
    };
    let mut points: Vec<Point> = [Verb::Read, Verb::Create, Verb::Update, Verb::Delete]
        .map(whole)
        .to_vec();
    for (verb, rule) in [(Verb::Create, &access.create), (Verb::Update, &access.update)] {
        let fields = rule.fields.iter().map(|(field, _)| Some(*field));
        points.extend(fields.map(|field| Point { entity, verb, field }));
    }
    let actions = cx.model.design.entities[entity].actions.ids();
    points.extend(actions.map(|action| whole(Verb::Action(action))));
    points.retain(|point| {
        let route = search::operation(point.verb).and_then(|operation| cx.route_of(entity, operation));
        route.is_some_and(|id| {
            let writes = &cx.model.http.routes[id].writes;
            point.field.is_none_or(|field| writes.contains(&field))
        })
    });
    points
}

/// Every part of every rule, both ways.
fn goals(cx: &Session<'_>, entity: EntityId) -> Vec<Goal> {
    let mut goals = Vec::new();
    for point in points(cx, entity) {
        let mut add = |part: Part, lets_through: bool| {
            goals.push(Goal {
                point,
                part,
                lets_through,
            });
        };
        for part in 0..parts::count(rule_of(cx, point)) {
            add(Part::Fact(part, When::Always), true);
            add(Part::Fact(part, When::Always), false);
            if point.verb == Verb::Update {
                add(Part::Fact(part, When::Before), false);
                add(Part::Fact(part, When::After), false);
            }
        }
        if !matches!(point.verb, Verb::Read | Verb::Create) && !finds(cx, point) {
            add(Part::Sight, false);
        }
    }
    goals
}

/// Whether it is an action that finds its row by what the body says, whoever may read it.
fn finds(cx: &Session<'_>, point: Point) -> bool {
    match point.verb {
        Verb::Action(action) => cx.model.design.entities[point.entity].actions[action]
            .find
            .is_some(),
        _ => false,
    }
}

fn rule_of<'m>(cx: &Session<'m>, point: Point) -> &'m Pred {
    let access = cx.model.access.of(point.entity);
    match (point.verb, point.field) {
        (Verb::Create, Some(field)) => access.create.field(field),
        (Verb::Update, Some(field)) => access.update.field(field),
        (verb, _) => access.verb(verb),
    }
}

/// Whether the rules of a request hold, with a part of one of them replaced.
fn holds(
    cx: &Session<'_>,
    call: &Call,
    images: &Images<'_>,
    point: Point,
    replaced: Option<(usize, When, &Pred)>,
) -> bool {
    let rule = rule_of(cx, point);
    let forced = replaced.map(|(part, when, with)| (when, parts::forced(rule, part, with)));
    images.times.iter().enumerate().all(|(time, (this, new))| {
        let scene = Scene {
            world: &cx.world,
            who: cx.who(call.actor),
            now: jiff::Timestamp::now(),
            entity: point.entity,
            this,
            new,
            inputs: &[],
        };
        images.rules.iter().all(|asked| match &forced {
            Some((when, forced)) if when.is_about(time) && *asked == rule => holds_pred(scene, forced),
            _ => holds_pred(scene, asked),
        })
    })
}

/// Whether the part decides about a request, and as it is wanted. Whether the row is seen has been asked before.
fn meets(cx: &Session<'_>, call: &Call, images: &Images<'_>, goal: Goal) -> bool {
    let Goal { point, part, .. } = goal;
    let is_asked = images.rules.contains(&rule_of(cx, point));
    match part {
        Part::Sight => is_asked && holds(cx, call, images, point, None),
        Part::Fact(part, when) => {
            let with = |with: &Pred| holds(cx, call, images, point, Some((part, when, with)));
            is_asked
                && with(&Pred::ALWAYS) != with(&Pred::NEVER)
                && holds(cx, call, images, point, None) == goal.lets_through
        }
    }
}

fn label(cx: &Session<'_>, goal: Goal) -> String {
    let Point { entity, verb, field } = goal.point;
    let entity = &cx.model.design.entities[entity];
    let verb = groma_ir::words::verb(entity, verb);
    let field = field.map_or_else(String::new, |field| format!("({})", entity.fields[field].wire));
    let way = if goal.lets_through { "let-in" } else { "kept-out" };
    let part = match goal.part {
        Part::Sight => "sight".to_owned(),
        Part::Fact(part, When::Always) => format!("part-{}", part + 1),
        Part::Fact(part, When::Before) => format!("part-{}-before", part + 1),
        Part::Fact(part, When::After) => format!("part-{}-after", part + 1),
    };
    format!("{verb}{field}-{way}-by-{part}")
}

fn report(cx: &mut Session<'_>, goal: Goal) {
    let Point { entity, verb, field } = goal.point;
    let declared = &cx.model.design.entities[entity];
    let of = field.map_or_else(String::new, |field| format!("({})", declared.fields[field].name));
    let named = |part| parts::named(&cx.model.design, entity, rule_of(cx, goal.point), part);
    let decides = match goal.part {
        Part::Sight => "that the row may not be read".to_owned(),
        Part::Fact(part, When::Always) => named(part),
        Part::Fact(part, When::Before) => format!("{} before the change", named(part)),
        Part::Fact(part, When::After) => format!("{} after the change", named(part)),
    };
    let what = format!(
        "`{}{of}` of `{}`: no caller, row and body came up for which {decides} alone {}",
        groma_ir::words::verb(declared, verb),
        declared.name,
        if goal.lets_through { "lets in" } else { "keeps out" },
    );
    cx.ledger.gap(&catalogue::Z13, what);
}
