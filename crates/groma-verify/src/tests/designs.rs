//! Designs to verify.

use groma_ir::Id;
use groma_ir::design::{
    Action, ActionError, ActionRoute, Admission, Assign, CallerClaim, ClaimId, ClaimType, Compare, Cond,
    Default, Design, Effect, Entity, EntityId, Field, FieldFilter, FieldId, Generated, Input, InputId, List,
    ListShape, Mode, OnDelete, PageMode, Path, Read, Resource, ResourceId, Row, Rule, Segment, Sort, Term,
    Type, Unique, Value, Verb, VerbUse, Who, WriteBy,
};
use groma_ir::scalar::{Bounds, Scalar, Text};

const PROJECT: usize = 1;
const TASK: usize = 2;

/// The sample of the neutral form.
pub(super) fn tasks() -> Design {
    groma_ir::sample::tasks().design
}

/// The sample with tasks below their projects too.
pub(super) fn nested() -> Design {
    groma_ir::sample::nested().design
}

/// A design with every field type, both page modes, a slug in a path, a caller in another, public reads, claims,
/// inputs, declared errors, restrict, required versions and 422 for schema errors.
pub(super) fn wide() -> Design {
    let mut design = tasks();
    design.service.validation_status = 422;
    let auth = design.auth.as_mut().unwrap();
    let origin = auth.origin;
    auth.claims.push(CallerClaim {
        name: "verified".into(),
        claim: "emailVerified".into(),
        ty: ClaimType::Bool,
        origin,
    });
    widen_task(&mut design);
    widen_project(&mut design);
    add_notes(&mut design);
    design
}

fn optional(template: &Field, name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        wire: name.into(),
        column: name.into(),
        ty,
        optional: true,
        ..template.clone()
    }
}

fn scalars() -> Vec<(&'static str, Scalar)> {
    let pin = Text {
        min: 4,
        max: Some(8),
        trim: false,
        pattern: Some("^[0-9]+$".into()),
    };
    vec![
        (
            "amount",
            Scalar::Int(Bounds {
                min: Some(0),
                max: Some(1000),
            }),
        ),
        ("big", Scalar::Int(Bounds::default())),
        (
            "ratio",
            Scalar::Float(Bounds {
                min: Some(0.0),
                max: None,
            }),
        ),
        (
            "price",
            Scalar::Decimal {
                precision: 10,
                scale: 2,
            },
        ),
        ("flag", Scalar::Bool),
        ("uid", Scalar::Uuid),
        ("at", Scalar::DateTime),
        ("clock", Scalar::Time),
        ("mail", Scalar::Email),
        ("link", Scalar::Url),
        ("meta", Scalar::Json),
        ("pin", Scalar::Text(pin)),
    ]
}

fn widen_task(design: &mut Design) {
    let origin = design.entities[EntityId::new(TASK)].origin;
    let task = &mut design.entities[EntityId::new(TASK)];
    let template = task.fields[FieldId::new(2)].clone();
    let mut added = Vec::new();
    for (name, scalar) in scalars() {
        added.push(task.fields.push(optional(&template, name, Type::Scalar(scalar))));
    }
    let hidden = Field {
        mode: Mode::Internal,
        write: WriteBy::Server,
        default: Some(Default::Value(Value::Text("inside".into()))),
        ..optional(&template, "hidden", template.ty.clone())
    };
    task.fields.push(hidden);
    let secret = Field {
        optional: false,
        write: WriteBy::Server,
        ..optional(&template, "ticket", Type::Scalar(Scalar::Secret(24)))
    };
    task.fields.push(secret);
    let field = |name: &str| {
        task.fields
            .entries()
            .find(|(_, field)| field.name == name)
            .unwrap()
            .0
    };
    let (count, flag) = (field("amount"), field("flag"));
    task.fields[FieldId::new(8)].on_delete = Some(OnDelete::Restrict);
    let flip = task
        .actions
        .push(action(origin, "flip", vec![(flag, Assign::Not(flag))]));
    let bump = task.actions.push(bump(origin, count));
    let verified = Cond::Is(Term::Claim(ClaimId::new(0)));
    task.rules.push(allow(
        origin,
        vec![Verb::Action(flip), Verb::Action(bump)],
        vec![owner(9)],
        Some(verified),
    ));
    let filters = added.iter().map(|field| FieldFilter {
        field: *field,
        origin,
    });
    let tasks = &mut design.resources[ResourceId::new(1)];
    let list = tasks.list.as_mut().unwrap();
    list.filters
        .extend(filters.filter(|filter| filter.field != FieldId::new(added[10].index())));
    list.sort
        .extend(["amount", "ratio", "price", "at"].iter().map(|name| Sort {
            field: added[scalars().iter().position(|(known, _)| known == name).unwrap()],
            descending: false,
        }));
    tasks.create.as_mut().unwrap().accept.extend(&added);
    tasks.update.as_mut().unwrap().accept.extend(&added);
    tasks.replace.as_mut().unwrap().accept.extend(&added);
    tasks.actions.extend([flip, bump].map(|action| ActionRoute {
        action,
        admission: Admission::default(),
        at: None,
        origin,
    }));
}

fn action(origin: groma_diag::Span, name: &str, sets: Vec<(FieldId, Assign)>) -> Action {
    Action {
        name: name.into(),
        inputs: groma_ir::Arena::default(),
        find: None,
        moves: None,
        sets,
        creates: Vec::new(),
        errors: Vec::new(),
        doc: None,
        origin,
    }
}

/// `action bump { input by: int(1..10); input note: text(..20)?; set amount = by; error too_far 410 when amount >= 1 }`.
fn bump(origin: groma_diag::Span, count: FieldId) -> Action {
    let mut bump = action(
        origin,
        "bump",
        vec![(count, Assign::Term(Term::Input(InputId::new(0))))],
    );
    let input = |name: &str, ty, optional| Input {
        name: name.into(),
        ty,
        optional,
        default: None,
        doc: None,
        origin,
    };
    bump.inputs.push(input(
        "by",
        Type::Scalar(Scalar::Int(Bounds {
            min: Some(1),
            max: Some(10),
        })),
        false,
    ));
    bump.inputs.push(input(
        "note",
        Type::Scalar(Scalar::Text(Text {
            max: Some(20),
            ..Text::default()
        })),
        true,
    ));
    let cond = Cond::Compare {
        op: Compare::Ge,
        left: Term::Field {
            row: Row::This,
            field: count,
        },
        right: Term::Value(Value::Int(1)),
    };
    bump.errors.push(ActionError {
        name: "too_far".into(),
        status: 410,
        when: cond,
        origin,
    });
    bump
}

fn widen_project(design: &mut Design) {
    let project = &mut design.entities[EntityId::new(PROJECT)];
    let origin = project.origin;
    let template = project.fields[FieldId::new(1)].clone();
    let slug = Field {
        optional: false,
        ..optional(&template, "slug", Type::Scalar(Scalar::Slug { min: 3, max: 40 }))
    };
    let slug = project.fields.push(slug);
    project.uniques.push(Unique {
        fields: vec![slug],
        when: None,
        origin,
    });
    let projects = &mut design.resources[ResourceId::new(0)];
    projects.by = slug;
    projects.create.as_mut().unwrap().accept.push(slug);
    projects.update.as_mut().unwrap().require_match = true;
    let list = projects.list.as_mut().unwrap();
    list.page.mode = PageMode::Offset;
    list.shape = ListShape::Array;
}

/// `entity Note { id: int key; body: text(1..50); published: bool = no; owner: User = caller readonly }`, read by
/// everyone once it is published, at `/people/{user_id = caller}/notes` and, publicly, at `/notes`.
fn add_notes(design: &mut Design) {
    let template = &design.entities[EntityId::new(PROJECT)];
    let mut note: Entity = template.clone();
    let origin = note.origin;
    (note.name, note.plural, note.table) = ("Note".into(), "notes".into(), "notes".into());
    let fields = note.fields.clone();
    let key = Field {
        ty: Type::Scalar(Scalar::Int(Bounds::default())),
        generated: Some(Generated::Identity),
        ..fields[FieldId::new(0)].clone()
    };
    let body = Field {
        optional: false,
        ..optional(
            &fields[FieldId::new(1)],
            "body",
            fields[FieldId::new(1)].ty.clone(),
        )
    };
    let published = Field {
        optional: false,
        default: Some(Default::Value(Value::Bool(false))),
        ..optional(&fields[FieldId::new(1)], "published", Type::Scalar(Scalar::Bool))
    };
    note.fields = [key, body, published, fields[FieldId::new(2)].clone()]
        .into_iter()
        .collect();
    note.owner = Some(FieldId::new(3));
    note.uniques.clear();
    note.inverses.clear();
    let is_published = Cond::Is(Term::Field {
        row: Row::This,
        field: FieldId::new(2),
    });
    note.rules = vec![
        allow(origin, vec![Verb::Create], vec![Who::Authenticated], None),
        allow(origin, vec![Verb::Read], vec![Who::Everyone], Some(is_published)),
        allow(
            origin,
            vec![Verb::Read, Verb::Update, Verb::Delete],
            vec![owner(3)],
            None,
        ),
    ];
    let entity = design.entities.push(note);
    let own = note_resource(design, entity);
    let admission = Admission {
        public: true,
        limit: None,
    };
    let open = Resource {
        path: vec![Segment::Literal("notes".into())],
        list: own.list.clone().map(|list| List { admission, ..list }),
        read: Some(Read {
            include: Vec::new(),
            admission,
            origin,
        }),
        create: None,
        update: None,
        delete: None,
        ..own.clone()
    };
    design.resources.push(own);
    design.resources.push(open);
}

fn note_resource(design: &Design, entity: EntityId) -> Resource {
    let mut notes = design.resources[ResourceId::new(0)].clone();
    notes.path = vec![
        Segment::Literal("people".into()),
        Segment::Caller {
            name: "user_id".into(),
        },
        Segment::Literal("notes".into()),
    ];
    notes.entity = entity;
    notes.by = FieldId::new(0);
    let accept = vec![FieldId::new(1), FieldId::new(2)];
    notes.create.as_mut().unwrap().accept.clone_from(&accept);
    notes.update.as_mut().unwrap().accept = accept;
    notes.update.as_mut().unwrap().require_match = false;
    let list = notes.list.as_mut().unwrap();
    list.sort.clear();
    list.page.mode = PageMode::Offset;
    list.shape = ListShape::Object {
        items: "notes".into(),
    };
    notes
}

fn owner(field: usize) -> Who {
    Who::Path(Path {
        row: Row::This,
        steps: vec![FieldId::new(field)],
    })
}

fn allow(origin: groma_diag::Span, verbs: Vec<Verb>, who: Vec<Who>, when: Option<Cond>) -> Rule {
    let verbs = verbs
        .into_iter()
        .map(|verb| VerbUse {
            verb,
            fields: Vec::new(),
        })
        .collect();
    Rule {
        effect: Effect::Allow,
        verbs,
        who,
        except: Vec::new(),
        when,
        text: "allow".into(),
        origin,
    }
}
