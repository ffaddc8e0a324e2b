//! Resources: paths, and which operations they have.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::Arena;
use groma_ir::design::{Admission, EntityId, FieldId, Read, Resource, Storage};
use groma_syntax::ast::{self, AstNode};

use super::entities::doc;
use super::{Declared, MemberKind, Resolver};
use crate::rules::{declared_twice, external_written, misplaced_clause, no_auth};

/// One operation of a resource: its name, and the clauses of its block.
pub(super) struct Operation<'a> {
    /// The word, `create`.
    pub(super) word: &'static str,
    /// The node, for its clauses.
    pub(super) ast: &'a ast::Operations,
    /// Where the word stands.
    pub(super) span: Span,
    /// Whether all of the resource is public.
    pub(super) public: bool,
    /// What the path says of a row: the reference to the row that all of it lies below, and the tenant. No body does.
    pub(super) said: Vec<FieldId>,
}

/// The operations that a resource can have in this release.
const WORDS: [&str; 6] = ["list", "create", "read", "update", "replace", "delete"];

impl Resolver<'_> {
    pub(super) fn resources(&mut self, declared: &Declared) {
        self.outlines = self.outlines(declared);
        for ast in &declared.resources {
            self.resource(ast);
        }
    }

    fn resource(&mut self, ast: &ast::Resource) {
        let Some(path) = ast.entity() else { return };
        if path.single().is_none() {
            self.unsupported(path.span(), "a resource for shares or members");
            return;
        }
        let Some(entity) = self.entity_named(&path) else {
            return;
        };
        if self.design.entities[entity].storage == Storage::ExternalId {
            let name = self.design.entities[entity].name.clone();
            self.report(external_written::nothing_to_serve(path.span(), &name));
            return;
        }
        let route = ast.route();
        let mut resource = Resource {
            path: route.map_or_else(Vec::new, |route| self.segments(entity, &route, &|_| false)),
            entity,
            by: self.design.entities[entity].key,
            list: None,
            create: None,
            read: None,
            update: None,
            replace: None,
            delete: None,
            actions: Vec::new(),
            reports: Arena::default(),
            doc: doc(ast),
            origin: ast.span(),
        };
        let parent = resource.parent().map(|parent| parent.field);
        resource.by = self.by(entity, ast, parent);
        let item = &self.design.entities[entity].fields[resource.by].wire;
        super::paths::number(&mut resource.path, item);
        let resource = if ast.has_body() {
            self.items(resource, ast)
        } else {
            self.usual(resource, ast)
        };
        let ties = self.tie_resources(&resource, ast);
        for resource in std::iter::once(resource).chain(ties) {
            self.design.resources.push(resource);
            self.map.resources.push(ast.clone());
        }
    }

    /// A resource without a body: what is usual.
    fn usual(&mut self, mut resource: Resource, ast: &ast::Resource) -> Resource {
        let entity = &self.design.entities[resource.entity];
        let (name, managed) = (entity.name.clone(), entity.storage == Storage::Managed);
        let origin = ast.span();
        let admission = Admission {
            public: ast.is_public(),
            limit: None,
        };
        resource.list = Some(self.usual_list(resource.entity, origin, admission));
        resource.read = Some(Read {
            include: Vec::new(),
            admission,
            origin,
        });
        if managed {
            let said = self.design.said_by_path(&resource);
            let create = self.writable(resource.entity, &said, super::writes::Writing::Create);
            let update = self.writable(resource.entity, &said, super::writes::Writing::Update);
            resource.create = Some(super::writes::create(create, admission, origin));
            resource.update = Some(super::writes::write(update, admission, origin));
            resource.delete = Some(super::writes::delete(admission, origin));
        }
        let routes = if managed {
            "list, create, read, update and delete, with every field that may be written"
        } else {
            "list and read"
        };
        self.assume(
            format!("{name}.routes"),
            format!("The routes of {name} are {routes}."),
            Some(origin),
        );
        self.need_auth(&resource, ast);
        resource
    }

    fn items(&mut self, mut resource: Resource, ast: &ast::Resource) -> Resource {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut public = ast.is_public();
        let mut said = false;
        for item in ast.items() {
            if let ast::ResourceItem::Clause(clause) = &item {
                match clause {
                    ast::Clause::Public(_) => public = true,
                    // Where several stand together, the head of their block was forgotten: that is said once.
                    _ if said => {}
                    other => {
                        let word = super::writes::clause_word(other);
                        self.unsupported(other.span(), &format!("`{word}` for all routes of a resource"));
                        said = true;
                    }
                }
            }
        }
        let mut reports = Vec::new();
        for item in ast.items() {
            match item {
                ast::ResourceItem::Operations(it) => {
                    self.operations(&mut resource, &it, public, &mut first);
                }
                ast::ResourceItem::Action(it) => self.action_route(&mut resource, &it, public),
                ast::ResourceItem::Report(it) => reports.push(it),
                ast::ResourceItem::Clause(_) => {}
            }
        }
        resource.reports = self.reports(resource.entity, &reports, public);
        self.need_auth(&resource, ast);
        resource
    }

    fn operations(
        &mut self,
        resource: &mut Resource,
        ast: &ast::Operations,
        public: bool,
        first: &mut BTreeMap<String, Span>,
    ) {
        for name in ast.names() {
            let text = name.text();
            if let Some(earlier) = first.get(&text) {
                let what = format!("operation `{text}`");
                let found = declared_twice::declared_twice(name.span(), *earlier, &what);
                self.report(found);
                continue;
            }
            first.insert(text.clone(), name.span());
            match WORDS.into_iter().find(|word| *word == text) {
                Some(word) => {
                    let operation = Operation {
                        word,
                        ast,
                        span: name.span(),
                        public,
                        said: self.design.said_by_path(resource),
                    };
                    self.operation(resource, &operation);
                }
                None if self.damaged.contains(&text) => {}
                // They are a resource of their own, below this one.
                None if matches!(text.as_str(), "shares" | "members") => {}
                None => self.unsupported(name.span(), &format!("`{text}`")),
            }
        }
    }

    fn operation(&mut self, resource: &mut Resource, operation: &Operation<'_>) {
        let entity = resource.entity;
        let writes = !matches!(operation.word, "list" | "read");
        if writes && self.design.entities[entity].storage != Storage::Managed {
            let name = self.design.entities[entity].name.clone();
            self.report(external_written::external_written(operation.span, &name));
            return;
        }
        match operation.word {
            "list" => resource.list = Some(self.list(entity, operation)),
            "create" => resource.create = Some(self.create(entity, operation)),
            "read" => resource.read = Some(self.read(entity, operation)),
            "update" => resource.update = Some(self.write(entity, operation, super::writes::Writing::Update)),
            "replace" => {
                resource.replace = Some(self.write(entity, operation, super::writes::Writing::Replace));
            }
            _ => resource.delete = Some(self.delete(operation)),
        }
    }

    fn read(&mut self, entity: EntityId, operation: &Operation<'_>) -> Read {
        let mut include = None;
        for clause in operation.ast.clauses() {
            match &clause {
                ast::Clause::Include(it) => self.once(&mut include, it.clone(), "`include`"),
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                other => self.misplaced(operation, other),
            }
        }
        Read {
            include: include.map_or_else(Vec::new, |include| self.includes(entity, &include)),
            admission: self.admission_of(operation),
            origin: operation.span,
        }
    }

    /// References that can be embedded.
    pub(super) fn includes(&mut self, entity: EntityId, ast: &ast::Include) -> Vec<FieldId> {
        let mut fields = Vec::new();
        let mut stored = Vec::new();
        for path in ast.paths() {
            let member = path.single().and_then(|name| self.member(entity, &name.text()));
            if member.is_some_and(|member| member.kind == MemberKind::Inverse) {
                self.unsupported(path.span(), "including the rows that point here");
            } else {
                stored.push(path);
            }
        }
        for (field, path) in self.field_list(entity, stored.into_iter(), "include") {
            let Some(field) = field else { continue };
            let target = self.design.entities[entity].fields[field].ty.target();
            let why = match target.map(|target| self.design.entities[target].storage) {
                Some(Storage::Managed | Storage::ExternalTable) => {
                    fields.push(field);
                    continue;
                }
                Some(Storage::ExternalId) => "nothing is known of the row but its key",
                None => "it is no reference",
            };
            let found = crate::rules::wrong_field::wrong_field(path.span(), &path.text(), "include", why);
            self.report(found);
        }
        fields
    }

    /// A clause that means nothing in an operation, or not yet.
    pub(super) fn misplaced(&mut self, operation: &Operation<'_>, clause: &ast::Clause) {
        // A block of several operations is reported once: by the first of them.
        if operation
            .ast
            .names()
            .next()
            .is_none_or(|first| first.span() != operation.span)
        {
            return;
        }
        let word = super::writes::clause_word(clause);
        match clause {
            ast::Clause::Hide(_)
            | ast::Clause::Fields(_)
            | ast::Clause::Status(_)
            | ast::Clause::Answer(_)
            | ast::Clause::Cache(_)
            | ast::Clause::Handled(_) => {
                self.unsupported(clause.span(), &format!("`{word}` in `{}`", operation.word));
            }
            _ => {
                let here = format!("`{}`", operation.word);
                let fits = super::writes::where_it_fits(clause);
                let found = misplaced_clause::misplaced_clause(clause.span(), word, &here, fits);
                self.report(found);
            }
        }
    }

    /// Routes that are not public need callers.
    fn need_auth(&mut self, resource: &Resource, ast: &ast::Resource) {
        if self.design.auth.is_some() || self.said_no_auth {
            return;
        }
        if resource.gates().iter().any(|gate| !gate.admission.public) {
            self.said_no_auth = true;
            let span = ast.route().map_or_else(|| ast.span(), |route| route.span());
            self.report(no_auth::no_auth_route(span));
        }
    }
}
