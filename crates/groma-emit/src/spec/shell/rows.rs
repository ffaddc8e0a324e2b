//! The rows that a page's examples are about: made first, with the rows that they refer to.

use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{Group, MemberKind, Operation, Route, RouteId};

use super::super::{Cx, links, members};
use super::speaker::{Speaker, Token};
use super::{before, body, course, is_caller, path, quoted, request_headers, shouted};
use crate::example::{Scene, Step, Way, plain};

/// The longest chain of rows that have to be made first.
const DEEPEST: usize = 4;

/// A row to make: its group, its create, and the fields that later requests name it by.
pub(super) struct Making<'a> {
    pub(super) group: &'a Group,
    pub(super) create: RouteId,
    pub(super) names: Vec<FieldId>,
    /// What is done with it before others are made.
    pub(super) steps: Vec<Step>,
    /// What comes of it.
    pub(super) scene: Scene,
}

/// What a page makes before its examples.
pub(super) struct Plan<'a> {
    /// The rows, in order.
    pub(super) made: Vec<Making<'a>>,
    /// Whether the last of them is what the examples are about; otherwise a row is looked for that is there already.
    pub(super) is_whole: bool,
}

impl Making<'_> {
    /// The requests that make it what it is.
    pub(super) fn requests(&self) -> impl Iterator<Item = RouteId> {
        let steps = self.steps.iter().map(|step| step.route);
        std::iter::once(self.create).chain(steps)
    }

    /// Goes on with the row.
    pub(super) fn go(&mut self, cx: &Cx<'_>, way: Way) {
        let by = cx.model.design.resources[self.group.resource].by;
        if !self.names.contains(&by) {
            self.names.push(by);
        }
        self.scene.row = way.row;
        self.steps.extend(way.steps);
    }
}

/// What has to be made for a group, the rows that others refer to first; none, when it cannot be done.
pub(super) fn plan<'a>(cx: &Cx<'a>, group: &'a Group) -> Option<Vec<Making<'a>>> {
    let mut made = Vec::new();
    let mut seen = Vec::new();
    add(cx, group, (&mut made, &mut seen))?;
    if let Some(last) = made.last_mut() {
        last.names = vec![cx.model.design.resources[group.resource].by];
        let entity = &cx.model.design.entities[group.entity];
        let sought = cx.model.http.routes_of(group).filter_map(|route| route.find);
        let sought = sought.map(|find| find.field);
        for field in sought.filter(|field| entity.fields[*field].leaves()) {
            if !last.names.contains(&field) {
                last.names.push(field);
            }
        }
    }
    course::stage(cx, &mut made);
    Some(made)
}

/// The rows that a group lies below, where it makes none itself; none, when they cannot be made.
pub(super) fn above<'a>(cx: &Cx<'a>, group: &'a Group) -> Option<Vec<Making<'a>>> {
    let mut made: Vec<Making<'a>> = Vec::new();
    let parents = cx.model.design.resources[group.resource].parents();
    for parent in parents.filter(|parent| !is_caller(cx, parent)) {
        let is_made = made.iter().any(|one| one.group.entity == parent.entity);
        if !is_made {
            let mut seen = vec![group.entity];
            add(cx, maker(cx, parent.entity)?, (&mut made, &mut seen))?;
        }
        let mut rows = made.iter_mut();
        let row = rows.find(|one| one.group.entity == parent.entity);
        if let Some(row) = row.filter(|row| !is_made || !row.names.contains(&parent.by)) {
            row.names = vec![parent.by];
        }
    }
    course::stage(cx, &mut made);
    Some(made)
}

fn add<'a>(
    cx: &Cx<'a>,
    group: &'a Group,
    (made, seen): (&mut Vec<Making<'a>>, &mut Vec<EntityId>),
) -> Option<()> {
    if seen.len() >= DEEPEST {
        return None;
    }
    seen.push(group.entity);
    let (create, route) = route_of(cx, group, Operation::Create)?;
    let body = route.body?;
    let above = route.path.parents().filter(|parent| !is_caller(cx, parent));
    let above: Vec<(EntityId, FieldId)> = above.map(|parent| (parent.entity, parent.by)).collect();
    let referred = body::needed(cx, body).map(|(_, target)| (target, cx.model.design.entities[target].key));
    let targets: Vec<(EntityId, FieldId)> = above.into_iter().chain(referred).collect();
    for (target, by) in targets {
        if let Some(one) = made.iter_mut().find(|one| one.group.entity == target) {
            if !one.names.contains(&by) {
                one.names.push(by);
            }
            continue;
        }
        if seen.contains(&target) {
            return None;
        }
        add(cx, maker(cx, target)?, (made, seen))?;
        if let Some(one) = made.last_mut().filter(|one| !one.names.contains(&by)) {
            one.names = vec![by];
        }
    }
    made.push(Making {
        group,
        create,
        names: vec![cx.model.design.entities[group.entity].key],
        steps: Vec::new(),
        scene: Scene::alone(group.entity, cx.examples.new_row(group)),
    });
    Some(())
}

/// The group by which a row of an entity is made: one that lies below no others, if there is one.
fn maker<'a>(cx: &Cx<'a>, entity: EntityId) -> Option<&'a Group> {
    let groups = cx.model.http.groups.iter();
    let mut makers = groups.filter(|group| {
        let resource = &cx.model.design.resources[group.resource];
        group.entity == entity && resource.create.is_some() && resource.parent().is_none()
    });
    makers.next().or_else(|| links::group_of(cx, entity))
}

/// Takes the examples' keys for what the rows lie below, where it cannot be made.
pub(super) fn unmade(cx: &Cx<'_>, group: &Group) -> Vec<String> {
    let parents = cx.model.design.resources[group.resource].parents();
    let unmade = parents.filter(|parent| !is_caller(cx, parent)).map(|parent| {
        let value = plain(&cx.examples.field(parent.entity, parent.by));
        format!(
            "export {}={}",
            variable(cx, parent.entity, parent.by),
            quoted(&value)
        )
    });
    unmade.collect()
}

/// The lines that make a row and keep its names.
pub(super) fn lines(cx: &Cx<'_>, speaker: &Speaker, making: &Making<'_>) -> Vec<String> {
    let create = &cx.model.http.routes[making.create];
    let body = create
        .body
        .map(|body| body::text(cx, body, true))
        .unwrap_or_default();
    let request = format!(
        "curl -sS \"$BASE_URL{}\" \\\n  {} -H \"Content-Type: application/json\" \\\n  -d {}",
        path(cx, making.group, create),
        request_headers(cx, speaker, create).join(" "),
        quoted(&body)
    )
    .replace("\\\n   -H", "\\\n  -H");
    let mut lines = kept(cx, making.group, &making.names, &request);
    let steps = making.steps.iter();
    lines.extend(steps.map(|step| before(cx, making.group, (step, speaker))));
    lines
}

/// The references of a row that its create, as the page sends it, gives it.
pub(super) fn references(cx: &Cx<'_>, group: &Group, create: RouteId) -> Vec<(FieldId, EntityId)> {
    let parent = cx.model.design.resources[group.resource].parent();
    let parent = parent.map(|parent| (parent.field, parent.entity));
    let body = cx.model.http.routes[create].body;
    let needed = body.into_iter().flat_map(|body| body::needed(cx, body));
    let needed = needed.filter_map(|(member, target)| match &member.kind {
        MemberKind::Field(field, _) => Some((*field, target)),
        _ => None,
    });
    parent.into_iter().chain(needed).collect()
}

/// Runs a request and keeps members of its answer in variables: of one answer, where there are several.
fn kept(cx: &Cx<'_>, group: &Group, names: &[FieldId], request: &str) -> Vec<String> {
    let entity = &cx.model.design.entities[group.entity];
    let line = |field: &FieldId, request: &str| {
        let wire = &entity.fields[*field].wire;
        format!(
            "export {}=\"$({request} | member {wire})\"",
            variable(cx, group.entity, *field)
        )
    };
    match names {
        [_, _, ..] => {
            let answer = vec![format!("MADE=\"$({request})\"")];
            let shown = "printf %s \"$MADE\"";
            answer
                .into_iter()
                .chain(names.iter().map(|field| line(field, shown)))
                .collect()
        }
        names => names.iter().map(|field| line(field, request)).collect(),
    }
}

/// Takes a row that is there already, or the example's key.
pub(super) fn found(cx: &Cx<'_>, speaker: &Speaker, group: &Group) -> Vec<String> {
    let by = cx.model.design.resources[group.resource].by;
    let Some((_, list)) = route_of(cx, group, Operation::List) else {
        let name = variable(cx, group.entity, by);
        let value = plain(&cx.examples.field(group.entity, by));
        return vec![format!("export {name}={}", quoted(&value))];
    };
    let request = format!(
        "curl -sS \"$BASE_URL{}?limit=1\" {}",
        path(cx, group, list),
        request_headers(cx, speaker, list).join(" ")
    );
    kept(cx, group, &[by], request.trim_end())
}

/// `TASK_ID`.
pub(super) fn variable(cx: &Cx<'_>, entity: EntityId, field: FieldId) -> String {
    let entity = &cx.model.design.entities[entity];
    let wire = &entity.fields[field].wire;
    shouted(&format!("{}_{wire}", members::noun(&entity.name)))
}

/// Whether somebody may do it.
pub(super) fn is_possible(cx: &Cx<'_>, speaker: &Speaker, route: RouteId) -> bool {
    !matches!(speaker.token(cx, &cx.model.http.routes[route]), Token::Nobody)
}

fn route_of<'a>(cx: &Cx<'a>, group: &Group, operation: Operation) -> Option<(RouteId, &'a Route)> {
    let mut routes = group.routes.iter().map(|id| (*id, &cx.model.http.routes[*id]));
    routes.find(|(_, route)| route.operation == operation)
}
