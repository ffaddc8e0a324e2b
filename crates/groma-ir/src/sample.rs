//! A small task service, built by hand: for the tests of crates that may not see the compiler.

use groma_diag::{FileId, Span};

use crate::design::{
    Action, ActionId, Algorithm, Assign, Auth, Compare, Cond, Cors, Default, Design, Effect, Entity,
    EntityId, Enum, EnumId, Field, FieldId, Generated, Index, Inverse, Jwks, Limits, ListType, Mode, Move,
    OnDelete, Path, Per, Rate, Role, RoleId, RoleSet, Row, Rule, Service, Setting, SourceFile, States,
    Storage, Term, Transition, Type, Unique, Value, Variant, VariantId, Verb, VerbUse, Who, WriteBy,
};
use crate::scalar::{Scalar, Text};
use crate::{Arena, Id, Model};

pub mod judge;
mod routes;

use routes::{projects, tasks_resource};

const HERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

/// The model of a task service: users elsewhere, projects and tasks with an owner, a role `admin`.
pub fn tasks() -> Model {
    Model::new(design())
}

/// The same service, with tasks below their projects too: `/projects/{project_id}/tasks`.
pub fn nested() -> Model {
    let mut design = design();
    let below = routes::below_projects(&design);
    design.resources.push(below);
    Model::new(design)
}

fn design() -> Design {
    let mut enums = Arena::default();
    let priority = enums.push(enumeration("Priority", &["high", "medium", "low"]));
    let status = enums.push(enumeration("Status", &["todo", "doing", "done", "archived"]));
    let entities: Arena<EntityId, Entity> = [user(), project(), task(priority, status)].into_iter().collect();
    let resources = [
        projects(&entities[id(1)]),
        tasks_resource(&entities[id(2)], status),
    ]
    .into_iter()
    .collect();
    Design {
        files: vec![SourceFile {
            path: String::from("specs/tasks.md"),
            line_starts: vec![0],
        }],
        service: service(),
        auth: Some(auth()),
        enums,
        entities,
        resources,
        questions: Vec::new(),
        holes: Vec::new(),
        decisions: Vec::new(),
        assumptions: Vec::new(),
    }
}

fn id<I: Id>(index: usize) -> I {
    I::new(index)
}

fn service() -> Service {
    Service {
        name: String::from("Tasks"),
        title: String::from("Task management"),
        base: String::from("/api"),
        cors: Some(Cors {
            origins: vec![Setting::Value(String::from("http://localhost:3000"))],
            credentials: true,
            origin: HERE,
        }),
        limits: Limits {
            body: 65_536,
            rate: Some(Rate {
                requests: 100_000,
                window: 60,
                per: Per::Caller,
            }),
        },
        validation_status: 400,
        row_security: None,
        doc: Some(String::from("Keeps tasks and projects of people.")),
        origin: Some(HERE),
    }
}

fn auth() -> Auth {
    let role = |name: &str, includes| Role {
        name: name.to_owned(),
        includes,
        origin: HERE,
    };
    let user: RoleId = id(0);
    let admin: RoleId = id(1);
    Auth {
        issuer: Some(Setting::Env(String::from("BETTER_AUTH_URL"))),
        audience: vec![Setting::Env(String::from("BETTER_AUTH_URL"))],
        jwks: Jwks::IssuerPath(String::from("/api/auth/jwks")),
        algorithms: vec![Algorithm::EdDsa],
        leeway: 30,
        caller: id(0),
        caller_claim: String::from("sub"),
        claims: Arena::default(),
        roles: [
            role("user", RoleSet::EMPTY.with(user)),
            role("admin", RoleSet::EMPTY.with(user).with(admin)),
        ]
        .into_iter()
        .collect(),
        role_claim: Some(String::from("role")),
        default_role: Some(user),
        origin: HERE,
    }
}

fn enumeration(name: &str, variants: &[&str]) -> Enum {
    let variant = |name: &&str| Variant {
        name: (*name).to_owned(),
        was: None,
        doc: None,
        origin: HERE,
    };
    Enum {
        name: name.to_owned(),
        variants: variants.iter().map(variant).collect(),
        doc: None,
        origin: HERE,
    }
}

fn field(name: &str, ty: Type) -> Field {
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
        optional: false,
        default: None,
        write: WriteBy::Caller,
        mode: Mode::Open,
        generated: None,
        was: None,
        touch: false,
        on_delete: None,
        unindexed: false,
        doc: None,
        origin: HERE,
    }
}

fn text(min: u32, max: u32, trim: bool) -> Type {
    Type::Scalar(Scalar::Text(Text {
        min,
        max: Some(max),
        trim,
        pattern: None,
    }))
}

fn key() -> Field {
    Field {
        write: WriteBy::Server,
        generated: Some(Generated::Uuid7),
        ..field("id", Type::Scalar(Scalar::Uuid))
    }
}

fn owner() -> Field {
    Field {
        default: Some(Default::Caller),
        write: WriteBy::Server,
        on_delete: Some(OnDelete::Cascade),
        ..field("owner", Type::Reference(id(0)))
    }
}

fn stamp(name: &str, touch: bool) -> Field {
    Field {
        default: Some(Default::Now { offset: 0 }),
        write: WriteBy::Server,
        touch,
        ..field(name, Type::Scalar(Scalar::DateTime))
    }
}

fn entity(name: &str, plural: &str, fields: impl IntoIterator<Item = Field>) -> Entity {
    let fields: Arena<FieldId, Field> = fields.into_iter().collect();
    let owned = |field: &Field| field.default == Some(Default::Caller);
    let owner = fields.entries().find(|(_, field)| owned(field)).map(|(id, _)| id);
    Entity {
        name: name.to_owned(),
        plural: plural.to_owned(),
        storage: Storage::Managed,
        table: plural.to_owned(),
        was: None,
        owner,
        fields,
        key: id(0),
        links: Vec::new(),
        link: None,
        fence: None,
        inverses: Vec::new(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        states: Vec::new(),
        actions: Arena::default(),
        rules: Vec::new(),
        guarantees: Vec::new(),
        access_origin: Some(HERE),
        doc: None,
        origin: HERE,
    }
}

fn user() -> Entity {
    let email = Field {
        mode: Mode::Internal,
        ..field("email", Type::Scalar(Scalar::Email))
    };
    Entity {
        storage: Storage::ExternalTable,
        table: String::from("user"),
        was: None,
        access_origin: None,
        ..entity(
            "User",
            "users",
            [
                field("id", text(1, 64, false)),
                email,
                field("name", text(1, 100, false)),
            ],
        )
    }
}

fn project() -> Entity {
    let mut project = entity(
        "Project",
        "projects",
        [key(), field("name", text(1, 100, true)), owner()],
    );
    project.uniques = vec![Unique {
        fields: vec![id(2), id(1)],
        when: None,
        origin: HERE,
    }];
    project.inverses = vec![Inverse {
        name: String::from("tasks"),
        entity: id(2),
        via: id(8),
        doc: None,
        origin: HERE,
    }];
    project.rules = vec![
        allow(&[Verb::Create], vec![Who::Authenticated], None),
        allow(&[Verb::Read, Verb::Update, Verb::Delete], vec![owner_is(2)], None),
        allow(&[Verb::Read, Verb::Delete], vec![Who::Role(id(1))], None),
    ];
    project
}

fn task(priority: EnumId, status: EnumId) -> Entity {
    let tags = ListType {
        item: text(1, 30, true),
        min: 0,
        max: Some(10),
    };
    let medium = Default::Value(Value::Variant(priority, id(1)));
    let todo = Default::Value(Value::Variant(status, id(0)));
    let done_at = Field {
        optional: true,
        write: WriteBy::Server,
        ..field("done_at", Type::Scalar(Scalar::DateTime))
    };
    let project = Field {
        optional: true,
        on_delete: Some(OnDelete::SetNull),
        ..field("project", Type::Reference(id(1)))
    };
    let mut task = entity(
        "Task",
        "tasks",
        [
            key(),
            field("title", text(1, 200, true)),
            Field {
                optional: true,
                ..field("notes", text(0, 5000, false))
            },
            Field {
                default: Some(medium),
                ..field("priority", Type::Enum(priority))
            },
            Field {
                optional: true,
                ..field("due", Type::Scalar(Scalar::Date))
            },
            Field {
                default: Some(Default::Value(Value::List(Vec::new()))),
                ..field("tags", Type::List(Box::new(tags)))
            },
            Field {
                default: Some(todo),
                ..field("status", Type::Enum(status))
            },
            done_at,
            project,
            owner(),
            stamp("created_at", false),
            stamp("updated_at", true),
        ],
    );
    task.indexes = vec![Index {
        fields: vec![id(9), id(6), id(4)],
        origin: HERE,
    }];
    task.actions = [complete(status), archive(status)].into_iter().collect();
    task.states = vec![states(status)];
    task.rules = task_rules(status);
    task
}

fn states(status: EnumId) -> States {
    let step = |from, to, claimed_by: Option<usize>| Transition {
        from: id(from),
        to: id(to),
        claimed_by: claimed_by.map(id),
        origin: HERE,
    };
    let transitions = vec![
        step(0, 1, None),
        step(0, 2, Some(0)),
        step(1, 0, None),
        step(1, 2, Some(0)),
        step(2, 0, None),
        step(2, 3, Some(1)),
    ];
    States {
        field: id(6),
        of: status,
        transitions,
        origin: HERE,
    }
}

fn action(name: &str, status: EnumId, from: Vec<VariantId>, to: VariantId) -> Action {
    Action {
        name: name.to_owned(),
        find: None,
        inputs: Arena::default(),
        moves: Some(Move {
            field: id(6),
            of: status,
            from,
            to,
        }),
        sets: Vec::new(),
        creates: Vec::new(),
        errors: Vec::new(),
        doc: None,
        origin: HERE,
    }
}

fn complete(status: EnumId) -> Action {
    let now = Assign::Term(Term::Now { offset: 0 });
    Action {
        sets: vec![(id(7), now)],
        ..action("complete", status, vec![id(0), id(1)], id(2))
    }
}

fn archive(status: EnumId) -> Action {
    action("archive", status, vec![id(2)], id(3))
}

fn is_status(op: Compare, status: EnumId, variant: usize) -> Cond {
    Cond::Compare {
        op,
        left: Term::Field {
            row: Row::This,
            field: id(6),
        },
        right: Term::Value(Value::Variant(status, id(variant))),
    }
}

fn task_rules(status: EnumId) -> Vec<Rule> {
    let can = |verb| Who::Can {
        verb,
        path: path(Row::This, 8),
        entity: id(1),
    };
    let can_new = Who::Can {
        verb: Verb::Update,
        path: path(Row::New, 8),
        entity: id(1),
    };
    let into_project = Cond::Compare {
        op: Compare::Ne,
        left: Term::Field {
            row: Row::New,
            field: id(8),
        },
        right: Term::Value(Value::None),
    };
    let project_field = VerbUse {
        verb: Verb::Update,
        fields: vec![id(8)],
    };
    vec![
        allow(&[Verb::Create], vec![Who::Authenticated], None),
        allow(&[Verb::Read], vec![owner_is(9), can(Verb::Read)], None),
        allow(
            &[Verb::Update],
            vec![owner_is(9), can(Verb::Update)],
            Some(is_status(Compare::Ne, status, 3)),
        ),
        allow(
            &[Verb::Delete, action_verb(0), action_verb(1)],
            vec![owner_is(9)],
            None,
        ),
        allow(&[Verb::Read, Verb::Delete], vec![Who::Role(id(1))], None),
        Rule {
            effect: Effect::Deny,
            verbs: vec![
                VerbUse {
                    verb: Verb::Create,
                    fields: Vec::new(),
                },
                project_field,
            ],
            who: vec![Who::Everyone],
            except: vec![can_new],
            when: Some(into_project),
            text: String::from(
                "deny create, update(project) to everyone except can update new.project when new.project != none",
            ),
            origin: HERE,
        },
    ]
}

fn action_verb(index: usize) -> Verb {
    let action: ActionId = id(index);
    Verb::Action(action)
}

fn path(row: Row, field: usize) -> Path {
    Path {
        row,
        steps: vec![id(field)],
    }
}

fn owner_is(field: usize) -> Who {
    Who::Path(path(Row::This, field))
}

fn allow(verbs: &[Verb], who: Vec<Who>, when: Option<Cond>) -> Rule {
    let verbs = verbs
        .iter()
        .map(|verb| VerbUse {
            verb: *verb,
            fields: Vec::new(),
        })
        .collect();
    Rule {
        effect: Effect::Allow,
        verbs,
        who,
        except: Vec::new(),
        when,
        text: String::from("allow"),
        origin: HERE,
    }
}
