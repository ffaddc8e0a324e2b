//! `list`: filters, search, sort, pages and the form of the answer.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{
    Admission, EntityId, FieldFilter, FieldId, List, ListShape, Mode, NamedFilter, NamedOption, Page,
    PageMode, Sort, Type,
};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use super::conds::{Place, Scope};
use super::resources::Operation;
use crate::rules::{bad_page, declared_twice, said_twice, wrong_field};

/// Rows of a page when nobody says how many, and the most.
const PAGE: (u32, u32) = (20, 100);
/// More rows than this are no page.
const MOST_ROWS: u32 = 1000;

/// The clauses of a list's block, each at most once but `filter`.
#[derive(Default)]
struct Clauses {
    filters: Vec<ast::Filter>,
    search: Option<ast::Search>,
    sort: Option<ast::Sort>,
    page: Option<ast::Page>,
    shape: Option<ast::Shape>,
    include: Option<ast::Include>,
}

impl Resolver<'_> {
    pub(super) fn list(&mut self, entity: EntityId, operation: &Operation<'_>) -> List {
        let clauses = self.list_clauses(operation);
        let page = self.page(entity, clauses.page.as_ref(), operation.span);
        let mut list = List {
            filters: Vec::new(),
            named: Vec::new(),
            search: self.search(entity, clauses.search.as_ref()),
            sort: self.sort(entity, clauses.sort.as_ref()),
            page,
            shape: self.shape(clauses.shape.as_ref(), page.mode),
            include: Vec::new(),
            admission: self.admission_of(operation),
            origin: operation.span,
        };
        if let Some(include) = &clauses.include {
            list.include = self.includes(entity, include);
        }
        self.filters(entity, &clauses.filters, &mut list);
        if list.sort.is_empty() {
            self.assume_order(entity, operation.span);
        }
        list
    }

    fn list_clauses(&mut self, operation: &Operation<'_>) -> Clauses {
        let mut clauses = Clauses::default();
        for clause in operation.ast.clauses() {
            match &clause {
                ast::Clause::Filter(it) => clauses.filters.push(it.clone()),
                ast::Clause::Search(it) => self.once(&mut clauses.search, it.clone(), "`search`"),
                ast::Clause::Sort(it) => self.once(&mut clauses.sort, it.clone(), "`sort`"),
                ast::Clause::Page(it) => self.once(&mut clauses.page, it.clone(), "`page`"),
                ast::Clause::Shape(it) => self.once(&mut clauses.shape, it.clone(), "`as`"),
                ast::Clause::Include(it) => self.once(&mut clauses.include, it.clone(), "`include`"),
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                other => self.misplaced(operation, other),
            }
        }
        clauses
    }

    /// The list of a resource that says nothing: filters on what is indexed, in the order of keys.
    pub(super) fn usual_list(&mut self, entity: EntityId, origin: Span, admission: Admission) -> List {
        let declared = &self.design.entities[entity];
        let mut indexed: Vec<FieldId> = declared
            .indexes
            .iter()
            .flat_map(|index| index.fields.iter().copied())
            .chain(
                declared
                    .uniques
                    .iter()
                    .filter_map(|unique| unique.fields.first().copied()),
            )
            .chain(
                declared
                    .fields
                    .entries()
                    .filter_map(|(id, field)| field.ty.target().map(|_| id)),
            )
            .filter(|field| *field != declared.key && declared.fields[*field].leaves())
            .filter(|field| why_not_filtered(&declared.fields[*field].ty).is_none())
            .collect();
        indexed.sort_unstable();
        indexed.dedup();
        let filters = indexed
            .into_iter()
            .filter(|field| !self.is_broken(entity, *field))
            .map(|field| FieldFilter {
                field,
                origin: declared.fields[field].origin,
            })
            .collect();
        let page = self.page(entity, None, origin);
        self.assume_order(entity, origin);
        List {
            filters,
            named: Vec::new(),
            search: Vec::new(),
            sort: Vec::new(),
            page,
            shape: ListShape::Object {
                items: String::from("items"),
            },
            include: Vec::new(),
            admission,
            origin,
        }
    }

    fn assume_order(&mut self, entity: EntityId, origin: Span) {
        let declared = &self.design.entities[entity];
        let (name, plural) = (&declared.name, declared.plural.replace('_', " "));
        let key = &declared.fields[declared.key];
        let order = match key.generated {
            Some(_) => "the oldest first",
            None => "by their key",
        };
        let (subject, text) = (
            format!("{name}.list.sort"),
            format!("A list of {plural} is sorted by `{}`, {order}.", key.wire),
        );
        self.assume(subject, text, Some(origin));
    }

    fn filters(&mut self, entity: EntityId, all: &[ast::Filter], list: &mut List) {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for item in all.iter().flat_map(|filter| filter.items().collect::<Vec<_>>()) {
            let Some(path) = item.path() else { continue };
            let text = path.text();
            if let Some(earlier) = first.get(&text) {
                let what = format!("filter `{text}`");
                let found = if item.is_named() {
                    declared_twice::declared_twice(path.span(), *earlier, &what)
                } else {
                    said_twice::said_twice(path.span(), *earlier, &what)
                };
                self.report(found);
                continue;
            }
            first.insert(text, path.span());
            if let Some(parameter) = item.parameter() {
                self.unsupported(parameter.span(), "another name for a query parameter (`as`)");
            }
            if item.is_named() {
                list.named.extend(self.named_filter(entity, &item, &path));
            } else {
                list.filters.extend(self.field_filter(entity, &path));
            }
        }
    }

    fn field_filter(&mut self, entity: EntityId, path: &ast::Path) -> Option<FieldFilter> {
        let field = self.field_path(entity, path, "filter")?;
        if let Some(why) = why_not_filtered(&self.design.entities[entity].fields[field].ty) {
            self.report(wrong_field::wrong_field(path.span(), &path.text(), "filter", why));
            return None;
        }
        Some(FieldFilter {
            field,
            origin: path.span(),
        })
    }

    fn named_filter(
        &mut self,
        entity: EntityId,
        ast: &ast::FilterItem,
        path: &ast::Path,
    ) -> Option<NamedFilter> {
        let Some(name) = path.single() else {
            let why = "a named filter has a name without dots";
            self.report(wrong_field::wrong_field(path.span(), &path.text(), "filter", why));
            return None;
        };
        let place = Place::stored(entity, Scope::Row, "a filter");
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut options = Vec::new();
        for case in ast.cases() {
            let Some(name) = case.name() else { continue };
            let text = name.text();
            if let Some(earlier) = first.insert(text.clone(), name.span()) {
                let what = format!("value `{text}`");
                self.report(declared_twice::declared_twice(name.span(), earlier, &what));
                continue;
            }
            let when = case.when().map(|when| self.cond(&place, &when));
            match when {
                Some(None) => {}
                Some(Some(when)) => options.push(NamedOption {
                    name: text,
                    when: Some(when),
                }),
                None => options.push(NamedOption {
                    name: text,
                    when: None,
                }),
            }
        }
        Some(NamedFilter {
            name: name.text(),
            options,
            origin: ast.span(),
        })
    }

    fn search(&mut self, entity: EntityId, ast: Option<&ast::Search>) -> Vec<FieldId> {
        let Some(ast) = ast else { return Vec::new() };
        if let Some(parameter) = ast.parameter() {
            self.unsupported(parameter.span(), "another name for a query parameter (`as`)");
        }
        let mut fields = Vec::new();
        for (field, path) in self.field_list(entity, ast.paths(), "search") {
            let Some(field) = field else { continue };
            let is_text = match &self.design.entities[entity].fields[field].ty {
                Type::Scalar(scalar) => scalar.is_textual(),
                Type::Enum(_) | Type::Reference(_) | Type::List(_) => false,
            };
            if is_text {
                fields.push(field);
            } else {
                let why = "only text is searched";
                self.report(wrong_field::wrong_field(path.span(), &path.text(), "search", why));
            }
        }
        fields
    }

    fn sort(&mut self, entity: EntityId, ast: Option<&ast::Sort>) -> Vec<Sort> {
        let Some(ast) = ast else { return Vec::new() };
        for parameter in ast.parameters() {
            self.unsupported(parameter.span(), "another name for a query parameter (`as`)");
        }
        let keys: Vec<(ast::Path, bool)> = ast
            .keys()
            .filter_map(|key| Some((key.path()?, key.is_descending())))
            .collect();
        let paths = keys.iter().map(|(path, _)| path.clone());
        let mut sorts = Vec::new();
        for (field, path) in self.field_list(entity, paths, "sort") {
            let Some(field) = field else { continue };
            let declared = &self.design.entities[entity].fields[field];
            let why = match &declared.ty {
                _ if declared.mode == Mode::WriteOnly => Some("it never leaves the server"),
                Type::List(_) | Type::Scalar(Scalar::Json) => Some("a list or JSON has no order"),
                Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => None,
            };
            if let Some(why) = why {
                self.report(wrong_field::wrong_field(path.span(), &path.text(), "sort", why));
                continue;
            }
            let descending = keys
                .iter()
                .any(|(key, descending)| *descending && key.span() == path.span());
            sorts.push(Sort { field, descending });
        }
        sorts
    }

    fn page(&mut self, entity: EntityId, ast: Option<&ast::Page>, origin: Span) -> Page {
        let name = self.design.entities[entity].name.clone();
        let subject = format!("{name}.list.page");
        let Some(ast) = ast else {
            let (default, max) = PAGE;
            let text = format!("A list of {name} has {default} rows a page, {max} at most, by cursor.");
            self.assume(subject, text, Some(origin));
            return Page {
                mode: PageMode::Cursor,
                default,
                max,
            };
        };
        for parameter in ast.parameters() {
            self.unsupported(parameter.span(), "another name for a query parameter (`as`)");
        }
        let mode = self.page_mode(ast);
        let hole = ast.hole().and_then(|hole| self.page_hole(&hole, &subject));
        // A hole stands for whichever of the two numbers is not there.
        let size = ast.size().or_else(|| hole.clone());
        let max = ast.max().or_else(|| hole.filter(|_| ast.size().is_some()));
        let default = size.as_ref().map(|size| self.rows(size));
        let max = max.map(|max| self.rows(&max));
        let (default, max) = match (default, max) {
            (Some(None), _) | (_, Some(None)) | (None, None) => PAGE,
            (None, Some(Some(max))) => (PAGE.0.min(max), max),
            (Some(Some(size)), None) => {
                let most = size.max(PAGE.1);
                if let Some(size) = &size_span(ast) {
                    self.report(bad_page::no_limit(*size, most).about(&subject));
                }
                let text = format!("A list of {name} has at most {most} rows a page.");
                self.assume(format!("{subject}.max"), text, Some(ast.span()));
                (size, most)
            }
            (Some(Some(size)), Some(Some(max))) => {
                if size > max {
                    self.report(bad_page::size_over_max(ast.span(), size, max));
                }
                (size.min(max), max)
            }
        };
        Page { mode, default, max }
    }

    fn page_mode(&mut self, ast: &ast::Page) -> PageMode {
        match ast.mode() {
            Some(mode) if mode.is("offset") => PageMode::Offset,
            Some(mode) if mode.is("number") => {
                self.unsupported(mode.span(), "pages by number (`page number`)");
                PageMode::Cursor
            }
            Some(_) | None => PageMode::Cursor,
        }
    }

    fn page_hole(&mut self, hole: &ast::Hole, subject: &str) -> Option<ast::Number> {
        let number = match hole.term() {
            Some(ast::Term::Number(number)) => Some(number),
            _ => None,
        };
        self.hole(subject, number.as_ref().map(ast::Number::text), hole);
        number
    }

    fn rows(&mut self, number: &ast::Number) -> Option<u32> {
        let rows = number.as_integer().and_then(|rows| u32::try_from(rows).ok());
        let rows = rows.filter(|rows| (1..=MOST_ROWS).contains(rows));
        if rows.is_none() {
            self.report(bad_page::bad_size(number.span(), MOST_ROWS));
        }
        rows
    }
}

fn size_span(ast: &ast::Page) -> Option<Span> {
    ast.size()
        .map(|size| size.span())
        .or_else(|| ast.hole().map(|hole| hole.span()))
}

/// Why rows cannot be kept by a field of this type.
fn why_not_filtered(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Scalar(Scalar::Json) => Some("JSON is not compared as a whole"),
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => None,
    }
}
