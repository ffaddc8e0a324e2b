//! The routes of the sample.

use super::{HERE, id, is_status};
use crate::Arena;
use crate::design::{
    ActionRoute, Admission, Aggregate, Compare, Cond, Create, Delete, Design, Entity, EnumId, FieldFilter,
    List, ListShape, Measure, NamedFilter, NamedOption, Page, PageMode, Parent, Read, Report, Resource, Row,
    Segment, Sort, Term, Value, Write,
};

fn resource(path: &str, entity: usize, fields: &Entity, accept: &[&str], update: &[&str]) -> Resource {
    let named = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| fields.field(name))
            .collect::<Vec<_>>()
    };
    let write = |names| Write {
        makes: false,
        accept: named(names),
        require_match: false,
        admission: Admission::default(),
        origin: HERE,
    };
    Resource {
        path: vec![Segment::Literal(path.to_owned())],
        entity: id(entity),
        by: id(0),
        list: None,
        create: Some(Create {
            accept: named(accept),
            status: 201,
            admission: Admission::default(),
            origin: HERE,
        }),
        read: Some(Read {
            include: Vec::new(),
            admission: Admission::default(),
            origin: HERE,
        }),
        update: Some(write(update)),
        replace: None,
        delete: Some(Delete {
            require_match: false,
            admission: Admission::default(),
            origin: HERE,
        }),
        actions: Vec::new(),
        reports: Arena::default(),
        doc: None,
        origin: HERE,
    }
}

fn list(sort: Vec<Sort>, default: u32, max: u32) -> List {
    List {
        filters: Vec::new(),
        named: Vec::new(),
        search: Vec::new(),
        sort,
        page: Page {
            mode: PageMode::Cursor,
            default,
            max,
        },
        shape: ListShape::Object {
            items: String::from("items"),
        },
        include: Vec::new(),
        admission: Admission::default(),
        origin: HERE,
    }
}

pub(super) fn projects(project: &Entity) -> Resource {
    let sort = vec![Sort {
        field: id(1),
        descending: false,
    }];
    Resource {
        list: Some(list(sort, 50, 200)),
        ..resource("projects", 1, project, &["name"], &["name"])
    }
}

pub(super) fn tasks_resource(task: &Entity, status: EnumId) -> Resource {
    let filter = |name: &str| task.field(name).map(|field| FieldFilter { field, origin: HERE });
    let sort = |field, descending| Sort {
        field: id(field),
        descending,
    };
    let open = Cond::In {
        term: Term::Field {
            row: Row::This,
            field: id(6),
        },
        set: [0, 1]
            .map(|variant| Term::Value(Value::Variant(status, id(variant))))
            .into(),
    };
    let option = |name: &str, when| NamedOption {
        name: name.to_owned(),
        when,
    };
    let sorts = vec![sort(10, true), sort(4, false), sort(3, false), sort(1, false)];
    let create = ["title", "notes", "priority", "due", "tags", "project"];
    let update = ["title", "notes", "priority", "due", "tags", "project", "status"];
    let mut tasks = resource("tasks", 2, task, &create, &update);
    tasks.list = Some(List {
        filters: ["priority", "due", "tags", "project"]
            .iter()
            .filter_map(|name| filter(name))
            .collect(),
        named: vec![NamedFilter {
            name: String::from("state"),
            options: vec![
                option("all", None),
                option("open", Some(open)),
                option("done", Some(is_status(Compare::Eq, status, 2))),
            ],
            origin: HERE,
        }],
        search: vec![id(1), id(2)],
        include: vec![id(8)],
        ..list(sorts, 20, 100)
    });
    tasks.read = Some(Read {
        include: vec![id(8)],
        admission: Admission::default(),
        origin: HERE,
    });
    tasks.replace = tasks.update.clone();
    tasks.actions = task
        .actions
        .ids()
        .map(|action| ActionRoute {
            action,
            admission: Admission::default(),
            at: None,
            origin: HERE,
        })
        .collect();
    tasks.reports = [stats(status)].into_iter().collect();
    tasks
}

/// The tasks of a project.
pub(super) fn below_projects(design: &Design) -> Resource {
    let project = id(8);
    let mut tasks = design.resources[id(1)].clone();
    tasks.path = vec![
        Segment::Literal(String::from("projects")),
        Segment::Parent(Parent {
            name: String::from("project_id"),
            field: project,
            entity: id(1),
            by: id(0),
        }),
        Segment::Literal(String::from("tasks")),
    ];
    if let Some(create) = &mut tasks.create {
        create.accept.retain(|field| *field != project);
    }
    for write in [&mut tasks.update, &mut tasks.replace].into_iter().flatten() {
        write.accept.retain(|field| *field != project);
    }
    tasks
}

fn stats(status: EnumId) -> Report {
    let measure = |name: &str, per: Option<usize>, when| Measure {
        name: name.to_owned(),
        aggregate: Aggregate::Count,
        per: per.map(id),
        when,
        origin: HERE,
    };
    Report {
        name: String::from("stats"),
        measures: vec![
            measure("total", None, None),
            measure("done", None, Some(is_status(Compare::Eq, status, 2))),
            measure("open", Some(3), Some(is_status(Compare::Ne, status, 2))),
        ],
        admission: Admission::default(),
        doc: None,
        origin: HERE,
    }
}
