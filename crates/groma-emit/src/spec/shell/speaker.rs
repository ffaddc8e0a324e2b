//! Whom a page's examples speak as: the least that a token has to say for them to work.

use groma_ir::access::{CallerFacts, Grants, Pred, least};
use groma_ir::design::{Auth, ClaimId, Default, EntityId, Value};
use groma_ir::http::{Group, MemberKind, Operation, Route, RouteId, SchemaKind};
use groma_ir::words;

use super::super::Cx;
use super::quoted;
use super::rows::{Making, Plan};
use crate::example::{Scene, Speaks};

/// The token of a page.
pub(in super::super) struct Speaker {
    grants: Grants,
    /// The row that the examples are about, where the page makes one.
    scene: Option<Scene>,
    /// What else the page makes.
    made: Vec<EntityId>,
}

/// Whose token a request needs.
pub(super) enum Token {
    /// None.
    No,
    /// The page's.
    Page,
    /// One that says something else.
    Other(Grants),
    /// No token will do: no rule lets anybody.
    Nobody,
}

impl Speaker {
    /// One token for everything on the page and for the rows that it needs first; where no one token may do all
    /// of it, what lets a row be made.
    pub(super) fn of(cx: &Cx<'_>, group: &Group, plan: Option<&Plan<'_>>) -> Self {
        let made = plan.map_or(&[][..], |plan| plan.made.as_slice());
        let parents: Vec<RouteId> = made.iter().flat_map(Making::requests).collect();
        let design = &cx.model.design;
        let wanted = |ids: &[RouteId]| -> Vec<&Pred> {
            let doable = ids.iter().map(|id| rules(cx, &cx.model.http.routes[*id]));
            doable
                .filter(|rules| least(design, rules).is_some())
                .flatten()
                .collect()
        };
        let all: Vec<RouteId> = group.routes.iter().chain(&parents).copied().collect();
        let mut first = parents.clone();
        first.extend(group.routes.iter().filter(|id| {
            let operation = cx.model.http.routes[**id].operation;
            matches!(operation, Operation::Create)
        }));
        let grants = least(design, &wanted(&all)).or_else(|| least(design, &wanted(&first)));
        let own = made.last().filter(|making| making.group.entity == group.entity);
        Self {
            grants: grants.unwrap_or_default(),
            scene: own.map(|making| making.scene.clone()),
            made: made.iter().map(|making| making.group.entity).collect(),
        }
    }

    /// Somebody with a token that says nothing but who they are.
    pub(super) fn plain() -> Self {
        Self {
            grants: Grants::default(),
            scene: None,
            made: Vec::new(),
        }
    }

    /// The row that the examples are about, as it is made.
    pub(super) fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    /// Whether the page makes a row of an entity.
    pub(super) fn has_made(&self, entity: Option<EntityId>) -> bool {
        entity.is_some_and(|entity| self.made.contains(&entity))
    }

    /// What is known of whoever sends a request to a route; none, where no token will do.
    pub(super) fn facts(&self, cx: &Cx<'_>, route: &Route) -> Option<(CallerFacts, Speaks)> {
        let design = &cx.model.design;
        match self.token(cx, route) {
            Token::No => Some((CallerFacts::default(), Speaks::Nobody)),
            Token::Page => Some((self.grants.facts(design), Speaks::Maker)),
            Token::Other(grants) => Some((grants.facts(design), Speaks::Maker)),
            Token::Nobody => None,
        }
    }

    /// Whose token a request to a route needs.
    pub(super) fn token(&self, cx: &Cx<'_>, route: &Route) -> Token {
        let design = &cx.model.design;
        if design.auth.is_none() || is_open(cx, route) {
            return Token::No;
        }
        let rules = rules(cx, route);
        if rules.iter().all(|rule| self.grants.may(design, rule)) {
            return Token::Page;
        }
        least(design, &rules).map_or(Token::Nobody, Token::Other)
    }

    /// The command that makes the page's token.
    pub(super) fn command(&self, cx: &Cx<'_>, subject: Option<&str>) -> String {
        command(cx, &self.grants, subject)
    }
}

/// `groma token --role admin --claim emailVerified=true`.
pub(super) fn command(cx: &Cx<'_>, grants: &Grants, subject: Option<&str>) -> String {
    let mut words = vec![String::from("groma token")];
    words.extend(subject.map(|subject| format!("--sub {subject}")));
    if let Some(auth) = &cx.model.design.auth {
        words.extend(
            grants
                .role
                .map(|role| format!("--role {}", auth.roles[role].name)),
        );
        words.extend(grants.claims.iter().map(|claim| claim_word(cx, auth, claim)));
    }
    words.join(" ")
}

fn claim_word(cx: &Cx<'_>, auth: &Auth, (id, value): &(ClaimId, Value)) -> String {
    let name = &auth.claims[*id].claim;
    let value = words::value(&cx.model.design, value);
    let pair = format!("{name}={value}");
    let is_plain = pair
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.=:/".contains(&byte));
    format!("--claim {}", if is_plain { pair } else { quoted(&pair) })
}

/// What must be possible for a request as the page shows it: the rules for the fields that its body writes,
/// and that the caller may see the row.
pub(super) fn rules<'m>(cx: &Cx<'m>, route: &Route) -> Vec<&'m Pred> {
    let access = cx.model.access.of(route.entity);
    let mut rules = match route.operation {
        Operation::Create => access.create.required(&written(cx, route)),
        Operation::Update | Operation::Replace => access.update.required(&written(cx, route)),
        Operation::List
        | Operation::Get
        | Operation::Delete
        | Operation::Action(_)
        | Operation::Report(_) => {
            vec![access.verb(route.operation.verb())]
        }
    };
    if !rules.contains(&&access.read) {
        rules.push(&access.read);
    }
    rules
}

/// The fields that the page's own request sends.
fn written(cx: &Cx<'_>, route: &Route) -> Vec<groma_ir::design::FieldId> {
    let Some(body) = route.body else { return Vec::new() };
    let example = cx.examples.shortest(body);
    let members = match &cx.model.http.schemas[body].kind {
        SchemaKind::Input(members) | SchemaKind::Patch(members) => members.as_slice(),
        _ => &[],
    };
    let sent = members
        .iter()
        .filter(|member| example.get(&member.name).is_some());
    sent.filter_map(|member| match member.kind {
        MemberKind::Field(field, _) => Some(field),
        _ => None,
    })
    .collect()
}

/// Whether it works without a token: a list of what everybody may see, or a rule that lets everybody. What takes its
/// caller is better made with one: otherwise it is nobody's.
fn is_open(cx: &Cx<'_>, route: &Route) -> bool {
    let is_about_all = matches!(route.operation, Operation::List | Operation::Report(_));
    let nobody = CallerFacts::default();
    let mut rules = rules(cx, route).into_iter().map(|rule| rule.for_caller(&nobody));
    let takes_caller = route.operation == Operation::Create && {
        let mut fields = cx.model.design.entities[route.entity].fields.iter();
        fields.any(|field| field.default == Some(Default::Caller))
    };
    route.public
        && !takes_caller
        && if is_about_all {
            rules.all(|rule| !rule.is_never())
        } else {
            rules.all(|rule| rule.is_always())
        }
}
