//! Models that differ from the plain one in what a document has to say.

use groma_ir::design::{
    Action, ActionError, ActionId, Admission, Aggregate, Assign, Check, Compare, Cond, Default, EntityId,
    Field, FieldId, Input, ListShape, ListType, Measure, Mode, PageMode, Per, Rate, ResourceId, Row, Term,
    Type, Unique, Value,
};
use groma_ir::scalar::{Bounds, Scalar, Text};
use groma_ir::{Id, Model, sample};

const PROJECT: usize = 1;

/// The plain tasks, and every variation.
pub(super) fn models() -> Vec<Model> {
    vec![sample::tasks(), array_and_offset(), every_type()]
}

fn id<I: Id>(index: usize) -> I {
    I::new(index)
}

/// A bare array, found by an offset; every write needs `If-Match`; anyone may read, and delete what the rules let them,
/// not too often.
fn array_and_offset() -> Model {
    let mut design = sample::tasks().design;
    design.service.validation_status = 422;
    for resource in [0, 1].map(id::<ResourceId>) {
        let resource = &mut design.resources[resource];
        let list = resource.list.as_mut().unwrap();
        list.shape = ListShape::Array;
        list.page.mode = PageMode::Offset;
        list.admission.public = true;
        resource.read.as_mut().unwrap().admission.public = true;
        resource.update.as_mut().unwrap().require_match = true;
        resource.delete.as_mut().unwrap().require_match = true;
        resource.create.as_mut().unwrap().status = 200;
        resource.delete.as_mut().unwrap().admission = Admission {
            public: true,
            limit: Some(Rate {
                requests: 1_000,
                window: 3600,
                per: Per::Address,
            }),
        };
    }
    Model::new(design)
}

/// A project with a field of every type, filters on all of them, and an action with inputs and errors.
fn every_type() -> Model {
    let mut design = sample::tasks().design;
    let entity = &mut design.entities[id::<EntityId>(PROJECT)];
    let plain = entity.fields[id::<FieldId>(1)].clone();
    let mut added = Vec::new();
    for (name, ty) in types() {
        let optional = Field {
            optional: true,
            ..named(&plain, &format!("{name}_maybe"), ty.clone())
        };
        added.push(entity.fields.push(named(&plain, name, ty)));
        added.push(entity.fields.push(optional));
    }
    let secret = named(&plain, "passphrase", text(8, 64));
    added.push(entity.fields.push(Field {
        mode: Mode::WriteOnly,
        ..secret
    }));
    let expires = named(&plain, "expires", Type::Scalar(Scalar::DateTime));
    let week = Default::Now { offset: 604_800 };
    let expires = entity.fields.push(Field {
        default: Some(week),
        ..expires
    });
    let level = entity.field("level").unwrap();
    entity.actions.push(raise(&plain, level));
    let positive = compare(Compare::Ge, level, Value::Int(0));
    entity.checks.push(Check {
        cond: positive,
        text: String::from("level >= 0"),
        origin: plain.origin,
    });
    let open = Some(compare(Compare::Ne, level, Value::None));
    entity.uniques.push(Unique {
        fields: vec![level],
        when: open,
        origin: plain.origin,
    });
    extend_resource(&mut design, &added, expires);
    Model::new(design)
}

fn types() -> Vec<(&'static str, Type)> {
    let pattern = |pattern: &str| {
        Type::Scalar(Scalar::Text(Text {
            min: 1,
            max: Some(12),
            trim: false,
            pattern: Some(pattern.to_owned()),
        }))
    };
    let list = |item, min, max| Type::List(Box::new(ListType { item, min, max }));
    vec![
        ("description", text(0, 500)),
        ("color", pattern("^#[0-9a-f]{6}$")),
        (
            "level",
            Type::Scalar(Scalar::Int(Bounds {
                min: Some(0),
                max: Some(10),
            })),
        ),
        (
            "weight",
            Type::Scalar(Scalar::Float(Bounds {
                min: Some(0.5),
                max: None,
            })),
        ),
        (
            "budget",
            Type::Scalar(Scalar::Decimal {
                precision: 10,
                scale: 2,
            }),
        ),
        ("active", Type::Scalar(Scalar::Bool)),
        ("code", Type::Scalar(Scalar::Uuid)),
        ("starts", Type::Scalar(Scalar::Date)),
        ("opens", Type::Scalar(Scalar::Time)),
        ("due_at", Type::Scalar(Scalar::DateTime)),
        ("contact", Type::Scalar(Scalar::Email)),
        ("website", Type::Scalar(Scalar::Url)),
        ("slug", Type::Scalar(Scalar::Slug { min: 3, max: 40 })),
        ("settings", Type::Scalar(Scalar::Json)),
        ("token", Type::Scalar(Scalar::Secret(32))),
        ("priorities", list(Type::Enum(id(0)), 1, None)),
        (
            "scores",
            list(Type::Scalar(Scalar::Int(Bounds::default())), 0, Some(3)),
        ),
    ]
}

fn text(min: u32, max: u32) -> Type {
    Type::Scalar(Scalar::Text(Text {
        min,
        max: Some(max),
        trim: true,
        pattern: None,
    }))
}

fn named(like: &Field, name: &str, ty: Type) -> Field {
    let wire = name.to_owned();
    Field {
        name: wire.clone(),
        column: wire.clone(),
        wire,
        ty,
        ..like.clone()
    }
}

fn compare(op: Compare, field: FieldId, value: Value) -> Cond {
    Cond::Compare {
        op,
        left: Term::Field {
            row: Row::This,
            field,
        },
        right: Term::Value(value),
    }
}

/// `action raise { input by: int; input reason: text?; error full 410 when level >= 10; set level = by }`.
fn raise(like: &Field, level: FieldId) -> Action {
    let input = |name: &str, ty, optional| Input {
        name: name.to_owned(),
        ty,
        optional,
        default: None,
        doc: None,
        origin: like.origin,
    };
    let by = Type::Scalar(Scalar::Int(Bounds {
        min: Some(1),
        max: Some(3),
    }));
    Action {
        name: String::from("raise"),
        find: None,
        inputs: [input("by", by, false), input("reason", text(0, 80), true)]
            .into_iter()
            .collect(),
        moves: None,
        sets: vec![(level, Assign::Term(Term::Input(id(0))))],
        creates: Vec::new(),
        errors: vec![ActionError {
            name: String::from("full"),
            status: 410,
            when: compare(Compare::Ge, level, Value::Int(10)),
            origin: like.origin,
        }],
        doc: Some(String::from("Makes it larger.")),
        origin: like.origin,
    }
}

fn extend_resource(design: &mut groma_ir::Design, fields: &[FieldId], expires: FieldId) {
    let tasks = design.resources[id::<ResourceId>(1)].clone();
    let (budget, active) = {
        let entity = &design.entities[id::<EntityId>(PROJECT)];
        (entity.field("budget").unwrap(), entity.field("active").unwrap())
    };
    let resource = &mut design.resources[id::<ResourceId>(0)];
    let origin = resource.origin;
    let list = resource.list.as_mut().unwrap();
    list.filters = fields
        .iter()
        .map(|field| groma_ir::design::FieldFilter {
            field: *field,
            origin,
        })
        .collect();
    let accept = &mut resource.create.as_mut().unwrap().accept;
    accept.extend(fields);
    accept.push(expires);
    resource.update.as_mut().unwrap().accept.extend(fields);
    resource.replace = resource.update.clone();
    resource.actions = vec![groma_ir::design::ActionRoute {
        action: ActionId::new(0),
        admission: groma_ir::design::Admission::default(),
        at: None,
        origin,
    }];
    let mut report = tasks.reports.iter().next().unwrap().clone();
    let measure = report.measures.first().unwrap().clone();
    let number = |name: &str, aggregate, per| Measure {
        name: name.to_owned(),
        aggregate,
        per,
        ..measure.clone()
    };
    report.measures = vec![
        number("total", Aggregate::Count, None),
        number("budget", Aggregate::Sum(budget), None),
        number("mean", Aggregate::Avg(budget), None),
        number("largest", Aggregate::Max(budget), Some(active)),
    ];
    resource.reports = [report].into_iter().collect();
}
