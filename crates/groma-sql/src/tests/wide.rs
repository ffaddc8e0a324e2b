//! The sample with a project of many types, a client's key, an identity, claims, checks and actions with inputs.

use groma_ir::design::{
    Action, ActionError, ActionRoute, Admission, Aggregate, Assign, CallerClaim, Check, ClaimType, Compare,
    Cond, Default, Design, Entity, EntityId, Field, FieldFilter, FieldId, Generated, Input, ListShape,
    Measure, OnDelete, PageMode, ResourceId, Row, Sort, Term, Type, Unique, Value, Verb, WriteBy,
};
use groma_ir::scalar::{Bounds, Scalar, Text};
use groma_ir::{Id, Model, sample};

pub(super) const PROJECT: usize = 1;
pub(super) const TASK: usize = 2;

pub(super) fn id<I: Id>(index: usize) -> I {
    I::new(index)
}

fn scalar(scalar: Scalar) -> Type {
    Type::Scalar(scalar)
}

fn text(max: u32) -> Type {
    scalar(Scalar::Text(Text {
        min: 0,
        max: Some(max),
        trim: false,
        pattern: None,
    }))
}

fn field(like: &Field, name: &str, ty: Type) -> Field {
    let wire = if ty.target().is_some() {
        format!("{name}_id")
    } else {
        name.to_owned()
    };
    Field {
        name: name.to_owned(),
        column: wire.clone(),
        wire,
        ty,
        default: None,
        optional: true,
        ..like.clone()
    }
}

fn of(entity: &Entity, name: &str) -> FieldId {
    entity.field(name).unwrap_or_else(|| panic!("no field {name}"))
}

pub(super) fn stored(field: FieldId) -> Term {
    Term::Field {
        row: Row::This,
        field,
    }
}

pub(super) fn compare(op: Compare, left: Term, right: Term) -> Cond {
    Cond::Compare { op, left, right }
}

/// What the tests of `wide` start from; change it, then lower it.
pub(super) fn design() -> Design {
    let mut design = sample::tasks().design;
    let project = &mut design.entities[id::<EntityId>(PROJECT)];
    let like = project.fields[id::<FieldId>(1)].clone();
    let plain = [
        field(&like, "slug", scalar(Scalar::Slug { min: 1, max: 40 })),
        field(
            &like,
            "level",
            scalar(Scalar::Int(Bounds {
                min: Some(0),
                max: Some(10),
            })),
        ),
        field(&like, "weight", scalar(Scalar::Float(Bounds::default()))),
        field(
            &like,
            "budget",
            scalar(Scalar::Decimal {
                precision: 10,
                scale: 2,
            }),
        ),
        field(&like, "active", scalar(Scalar::Bool)),
        field(&like, "code", scalar(Scalar::Uuid)),
        field(&like, "starts", scalar(Scalar::Date)),
        field(&like, "opens", scalar(Scalar::Time)),
        field(&like, "due_at", scalar(Scalar::DateTime)),
        field(&like, "settings", scalar(Scalar::Json)),
        field(&like, "parent", Type::Reference(id(PROJECT))),
        field(&like, "lead", Type::Reference(id(0))),
    ];
    let mut added: Vec<FieldId> = Vec::new();
    for mut one in plain {
        one.on_delete = one.ty.target().map(|_| OnDelete::Restrict);
        added.push(project.fields.push(one));
    }
    let token = Field {
        write: WriteBy::Server,
        optional: false,
        ..field(&like, "token", scalar(Scalar::Secret(24)))
    };
    project.fields.push(token);
    let week = Field {
        write: WriteBy::Server,
        optional: false,
        default: Some(Default::Now { offset: 604_800 }),
        ..field(&like, "expires", scalar(Scalar::DateTime))
    };
    project.fields.push(week);
    let (level, slug, active) = (of(project, "level"), of(project, "slug"), of(project, "active"));
    let (expires, budget, due) = (
        of(project, "expires"),
        of(project, "budget"),
        of(project, "due_at"),
    );
    project.uniques.push(Unique {
        fields: vec![slug],
        when: Some(compare(
            Compare::Eq,
            stored(active),
            Term::Value(Value::Bool(true)),
        )),
        origin: like.origin,
    });
    project.checks.push(Check {
        cond: compare(Compare::Le, stored(level), Term::Value(Value::Int(7))),
        text: String::from("level <= 7"),
        origin: like.origin,
    });
    project.actions.push(bump(&like, (level, active, expires, due)));
    project.rules[1].verbs.push(groma_ir::design::VerbUse {
        verb: Verb::Action(id(0)),
        fields: Vec::new(),
    });
    resource(&mut design, &added, (budget, active, level));
    design
}

/// `action bump { input by: int; input lead: Project?; error closed 410 when expires <= now; error high 409 when
/// level >= 7; set level = by; set active = not active; set due_at = now + 60s }`.
fn bump(like: &Field, (level, active, expires, due): (FieldId, FieldId, FieldId, FieldId)) -> Action {
    let input = |name: &str, ty, optional, default| Input {
        name: name.to_owned(),
        ty,
        optional,
        default,
        doc: None,
        origin: like.origin,
    };
    let by = scalar(Scalar::Int(Bounds {
        min: Some(0),
        max: Some(9),
    }));
    let error = |name: &str, status, when| ActionError {
        name: name.to_owned(),
        status,
        when,
        origin: like.origin,
    };
    let past = compare(Compare::Le, stored(expires), Term::Now { offset: 0 });
    let high = compare(Compare::Ge, stored(level), Term::Value(Value::Int(7)));
    Action {
        name: String::from("bump"),
        find: None,
        inputs: [
            input("by", by, false, Some(Value::Int(1))),
            input("beside", Type::Reference(id(PROJECT)), true, None),
        ]
        .into_iter()
        .collect(),
        moves: None,
        sets: vec![
            (level, Assign::Term(Term::Input(id(0)))),
            (active, Assign::Not(active)),
            (due, Assign::Term(Term::Now { offset: 60 })),
        ],
        creates: Vec::new(),
        errors: vec![error("closed", 410, past), error("high", 409, high)],
        doc: None,
        origin: like.origin,
    }
}

fn resource(design: &mut Design, added: &[FieldId], (budget, active, level): (FieldId, FieldId, FieldId)) {
    let mut report = design.resources[id::<ResourceId>(1)]
        .reports
        .iter()
        .next()
        .unwrap()
        .clone();
    let measure = report.measures.first().unwrap().clone();
    let number = |name: &str, aggregate, per| Measure {
        name: name.to_owned(),
        aggregate,
        per,
        ..measure.clone()
    };
    report.measures = vec![
        number("total", Aggregate::Count, None),
        number("sum", Aggregate::Sum(budget), None),
        number("mean", Aggregate::Avg(budget), None),
        number("least", Aggregate::Min(level), None),
        number("largest", Aggregate::Max(budget), Some(active)),
    ];
    let resource = &mut design.resources[id::<ResourceId>(0)];
    let origin = resource.origin;
    let list = resource.list.as_mut().unwrap();
    list.filters = added
        .iter()
        .map(|field| FieldFilter {
            field: *field,
            origin,
        })
        .collect();
    list.sort.extend(added.iter().take(9).map(|field| Sort {
        field: *field,
        descending: false,
    }));
    resource.create.as_mut().unwrap().accept.extend(added);
    resource.update.as_mut().unwrap().accept.extend(added);
    resource.replace = resource.update.clone();
    resource.actions = vec![ActionRoute {
        action: id(0),
        admission: Admission::default(),
        at: None,
        origin,
    }];
    resource.reports = [report].into_iter().collect();
}

pub(super) fn lowered(change: impl FnOnce(&mut Design)) -> Model {
    let mut design = design();
    change(&mut design);
    Model::new(design)
}

/// Pages by offset, as a bare array or as an object.
pub(super) fn by_offset(design: &mut Design, shape: ListShape) {
    let list = design.resources[id::<ResourceId>(0)].list.as_mut().unwrap();
    list.page.mode = PageMode::Offset;
    list.shape = shape;
}

/// Projects have a whole number for a key, which the database counts.
pub(super) fn identity(design: &mut Design) {
    let key = &mut design.entities[id::<EntityId>(PROJECT)].fields[id::<FieldId>(0)];
    key.ty = scalar(Scalar::Int(Bounds::default()));
    key.generated = Some(Generated::Identity);
}

/// Projects are looked up by a key that the client gives.
pub(super) fn client_key(design: &mut Design) {
    let key = &mut design.entities[id::<EntityId>(PROJECT)].fields[id::<FieldId>(0)];
    key.ty = text(20);
    key.generated = None;
    key.write = WriteBy::Caller;
    design.resources[id::<ResourceId>(0)]
        .create
        .as_mut()
        .unwrap()
        .accept
        .insert(0, id(0));
}

/// A claim `verified`, which creating a project asks for.
pub(super) fn verified(design: &mut Design) {
    let auth = design.auth.as_mut().unwrap();
    let claim = auth.claims.push(CallerClaim {
        name: String::from("verified"),
        claim: String::from("emailVerified"),
        ty: ClaimType::Bool,
        origin: auth.origin,
    });
    let rules = &mut design.entities[id::<EntityId>(PROJECT)].rules;
    rules[0].when = Some(Cond::Is(Term::Claim(claim)));
}
