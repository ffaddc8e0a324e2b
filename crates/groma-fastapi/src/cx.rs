//! What every file is made from: the design, and where in the project each part of it lives.

use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::design::{EntityId, EnumId, Storage, Type};
use groma_ir::http::{Route, RouteId};
use groma_ir::tables::Table;
use groma_sql::Dialect;
use groma_sql::schema::{self, Schema};

use crate::names;
use crate::owner::Owner;
use crate::python::Doc;

/// What a row is not called: what is a parameter or imported beside it, and functions of Python.
#[rustfmt::skip]
const TAKEN: [&str; 92] = [
    "access", "after", "all", "any", "ascii", "bin", "body", "bool", "breakpoint", "bytes", "callable",
    "caller", "change", "chr", "column", "compile", "complex", "copyright", "credits", "delattr", "dict", "dir",
    "divmod", "each", "enumerate", "eval", "exec", "exit", "filter", "float", "format", "found", "frozenset",
    "getattr", "globals", "hash", "help", "hooks", "hex", "id", "input", "int", "isinstance", "item", "iter", "keep",
    "len", "license", "list", "locals", "map", "max", "min", "new", "next", "now", "object", "oct", "open",
    "ord", "page", "pow", "print", "property", "query", "quit", "range", "repr", "request", "reversed", "round",
    "row", "rules", "service", "session", "set", "setattr", "shown", "slice", "sorted", "statement", "str",
    "sum", "super", "then", "time", "tuple", "type", "vars", "word", "written", "zip",
];

/// The design, and where its parts live.
#[derive(Clone, Debug)]
pub(crate) struct Cx<'m> {
    /// The design.
    pub(crate) model: &'m Model,
    /// A package for each entity, in the order of the design.
    pub(crate) packages: Vec<Package>,
    /// Its tables as SQLite has them.
    pub(crate) sqlite: Schema,
    /// Its tables as Postgres has them.
    pub(crate) postgres: Schema,
    /// What the owner added to the project.
    pub(crate) owner: Owner,
}

/// The package of an entity: `app/tasks`.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// The entity.
    pub(crate) entity: EntityId,
    /// Its name, which no other has: `tasks`.
    pub(crate) name: String,
    /// What one row is called in Python: `task`.
    pub(crate) one: String,
    /// Enums whose classes stand here: those that no package before has.
    pub(crate) enums: Vec<EnumId>,
    /// Its routes, in the order of the design.
    pub(crate) routes: Vec<RouteId>,
}

impl<'m> Cx<'m> {
    pub(crate) fn new(model: &'m Model, owner: Owner) -> Self {
        // What the project has itself.
        let mut taken: BTreeSet<String> = ["core", "main", "asgi", "health", "hooks", "extra"]
            .map(str::to_owned)
            .into();
        let mut placed = BTreeSet::new();
        let mut packages = Vec::new();
        for (entity, declared) in model.design.entities.entries() {
            let mut name = names::snake(&declared.plural);
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            let used = declared.fields.iter().filter_map(|field| enum_of(&field.ty));
            let enums = used.filter(|of| placed.insert(*of)).collect();
            let routes = model.http.routes.entries();
            let routes = routes
                .filter(|(_, route)| route.entity == entity)
                .map(|(id, _)| id);
            packages.push(Package {
                entity,
                name,
                one: names::snake(&declared.name),
                enums,
                routes: routes.collect(),
            });
        }
        Self {
            model,
            packages,
            sqlite: schema::of_model(model, Dialect::Sqlite),
            postgres: schema::of_model(model, Dialect::Postgres),
            owner,
        }
    }

    /// The package of an entity.
    pub(crate) fn package(&self, entity: EntityId) -> &Package {
        match self.packages.get(groma_ir::Id::index(entity)) {
            Some(package) => package,
            None => unreachable!("every entity has a package"),
        }
    }

    /// The module in which the class of an enum stands: `app.tasks.models`. One that no field has stands nowhere.
    pub(crate) fn module_of_enum(&self, of: EnumId) -> Option<String> {
        let home = self.packages.iter().find(|package| package.enums.contains(&of))?;
        Some(home.module("models"))
    }

    /// What a row of an entity is called where it is a parameter or a variable: `task`.
    pub(crate) fn row_name(&self, entity: EntityId) -> String {
        let one = &self.package(entity).one;
        if TAKEN.contains(&one.as_str()) {
            format!("{one}_row")
        } else {
            one.clone()
        }
    }

    /// The problems that every route has.
    pub(crate) fn usual_statuses(&self) -> Vec<u16> {
        let routes: Vec<Vec<u16>> = self.model.http.routes.iter().map(Route::statuses).collect();
        let usual = [400, 401, 429, 500, 503].into_iter();
        usual
            .filter(|status| routes.iter().all(|statuses| statuses.contains(status)))
            .collect()
    }

    /// Whether answers are kept for who sends a request again.
    pub(crate) fn keeps_replies(&self) -> bool {
        self.model.http.routes.iter().any(|route| route.retry)
    }

    /// `caller`, as an argument; none where the design knows no callers.
    pub(crate) fn caller(&self) -> Option<Doc> {
        self.model.design.auth.as_ref().map(|_| Doc::text("caller"))
    }

    /// `access.may_read(Task, caller)`.
    pub(crate) fn rule(&self, access: &str, function: &str, rows: &[&str]) -> Doc {
        let rows = rows.iter().map(|row| Doc::text(*row));
        Doc::call(format!("{access}.{function}"), rows.chain(self.caller()))
    }

    /// The table of an entity.
    pub(crate) fn table(&self, entity: EntityId) -> &'m Table {
        self.model.tables.of(entity)
    }

    /// The entity that a reference leads to, where its rows can be asked for: what has no table is taken at its word.
    pub(crate) fn asked(&self, ty: &Type) -> Option<EntityId> {
        ty.target().filter(|target| self.table(*target).present)
    }

    /// Whether the project has the rows of an entity itself.
    pub(crate) fn is_managed(&self, entity: EntityId) -> bool {
        self.model.design.entities[entity].storage == Storage::Managed
    }

    /// Whether tests can put rows of an entity there: the project has them, or tests make somebody else's table for
    /// themselves.
    pub(crate) fn is_there_in_tests(&self, entity: EntityId) -> bool {
        self.is_managed(entity) || self.is_lent(entity)
    }

    /// Whether requests need the table of somebody else's that holds the rows of an entity: rules say who may read them,
    /// or they tie people to others.
    pub(crate) fn is_lent(&self, entity: EntityId) -> bool {
        let declared = &self.model.design.entities[entity];
        let is_asked = declared.link.is_some() || declared.access_origin.is_some();
        declared.storage == Storage::ExternalTable && is_asked
    }

    /// The routes of a package.
    pub(crate) fn routes<'a>(
        &'a self,
        package: &'a Package,
    ) -> impl Iterator<Item = (RouteId, &'m Route)> + 'a {
        package
            .routes
            .iter()
            .map(|id| (*id, &self.model.http.routes[*id]))
    }

    /// The declaration in the specification: `@specs/db/task.md#Task`.
    pub(crate) fn reference(&self, span: groma_diag::Span, name: &str) -> String {
        let path = self.model.design.path(span);
        path.map_or_else(String::new, |path| format!("@{path}#{name}"))
    }

    /// The file in which the routes of a package are declared; without routes, that of its entity.
    pub(crate) fn feature(&self, package: &Package) -> String {
        let route = self.routes(package).next().map(|(_, route)| route.origin);
        let origin = route.unwrap_or(self.model.design.entities[package.entity].origin);
        let path = self.model.design.path(origin);
        path.map_or_else(String::new, |path| format!("@{path}"))
    }

    /// Where an entity is declared; what ties people to rows is declared with those rows.
    pub(crate) fn reference_of(&self, entity: EntityId) -> String {
        let declared = &self.model.design.entities[entity];
        let declared = match &declared.link {
            Some(link) => match declared.fields[link.parent].ty.target() {
                Some(parent) => &self.model.design.entities[parent],
                None => declared,
            },
            None => declared,
        };
        self.reference(declared.origin, &declared.name)
    }
}

impl Package {
    /// The name of one of its modules, for imports: `app.tasks.service`.
    pub(crate) fn module(&self, module: &str) -> String {
        format!("app.{}.{module}", self.name)
    }

    /// The path of one of its files: `app/tasks/service.py`.
    pub(crate) fn file(&self, module: &str) -> String {
        format!("app/{}/{module}.py", self.name)
    }
}

/// The enum that a type holds, itself or in a list.
fn enum_of(ty: &Type) -> Option<EnumId> {
    match ty {
        Type::Enum(of) => Some(*of),
        Type::List(list) => enum_of(&list.item),
        Type::Scalar(_) | Type::Reference(_) => None,
    }
}
