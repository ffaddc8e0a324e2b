//! A design with one field of the type under test, and a way to send it something.

use groma_ir::access::CallerFacts;
use groma_ir::design::{Design, EntityId, FieldId, RoleId, RoleSet, Type};
use groma_ir::{Id, Model, sample};

use crate::{Body, Caller, Failure, Found, Incoming, Place, Plans, Request, Value, World};

/// The member `notes` of a task, which the tests give other types.
pub(super) const NOTES: usize = 1;

pub(super) fn world() -> World {
    World {
        now: 1_795_255_200_000_000,
        uuid: || [1; 16],
        random: |bytes| bytes.fill(1),
    }
}

pub(super) fn ada() -> Caller {
    Caller {
        key: Value::Text("ada".to_owned()),
        facts: CallerFacts {
            authenticated: true,
            roles: RoleSet::EMPTY.with(RoleId::new(0)),
        },
        claims: Vec::new(),
    }
}

pub(super) fn notes(design: &Design) -> (EntityId, FieldId) {
    let entity = EntityId::new(2);
    (entity, design.entities[entity].field("notes").unwrap())
}

/// The plans of the sample.
pub(super) fn tasks() -> Plans {
    Plans::new(&sample::tasks())
}

/// The plans of the sample, with `notes` of another type.
pub(super) fn with(ty: Type, optional: bool) -> Plans {
    let mut design = sample::tasks().design;
    let (entity, field) = notes(&design);
    design.entities[entity].fields[field].ty = ty;
    design.entities[entity].fields[field].optional = optional;
    design.resources[Id::new(1)].list.as_mut().unwrap().search.clear();
    Plans::new(&Model::new(design))
}

pub(super) fn ask(plans: &Plans, method: &str, url: &str, body: &[u8]) -> Result<Request, Failure> {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    let Found::Route { route, params, .. } = plans.find(method, path) else {
        panic!("no route {url}")
    };
    let incoming = Incoming {
        route,
        params: &params,
        path,
        query,
        body,
        if_match: None,
        if_none_match: None,
        idempotency_key: None,
    };
    plans.decode(&incoming, &ada(), &world())
}

pub(super) fn create(plans: &Plans, body: &[u8]) -> Result<Body, Failure> {
    ask(plans, "POST", "/api/tasks", body).map(|request| request.body)
}

/// What `notes` becomes when this JSON is sent.
pub(super) fn send_notes(plans: &Plans, json: &str) -> Result<Value, Failure> {
    let body = create(plans, format!(r#"{{"title":"t","notes":{json}}}"#).as_bytes())?;
    Ok(body.value(NOTES).cloned().unwrap())
}

/// The mistakes as `code place`, one after the other.
pub(super) fn mistakes(failure: &Failure) -> Vec<String> {
    let place = |place: &Place| match place {
        Place::Pointer(pointer) => pointer.clone(),
        Place::Parameter(parameter) => format!("?{parameter}"),
        Place::Header(header) => format!("{header}:"),
    };
    failure
        .errors
        .iter()
        .map(|error| format!("{} {}", error.code.name(), place(&error.place)))
        .collect()
}
