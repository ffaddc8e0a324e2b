//! `create`, `update`, `replace` and `delete`: what a body may hold.

use groma_diag::Span;
use groma_ir::design::{Admission, Create, Delete, EntityId, FieldId, Mode, Write, WriteBy};
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use super::resources::Operation;
use crate::rules::{accepts_server_field, bad_status};

/// How a body writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// A new row.
    Create,
    /// Some fields of a row.
    Update,
    /// All fields of a row.
    Replace,
}

impl Resolver<'_> {
    pub(super) fn create(&mut self, entity: EntityId, operation: &Operation<'_>) -> Create {
        let mut accept = None;
        let mut status = None;
        for clause in operation.ast.clauses() {
            match &clause {
                ast::Clause::Accept(it) => self.once(&mut accept, it.clone(), "`accept`"),
                ast::Clause::Status(it) => self.once(&mut status, it.clone(), "`status`"),
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                other => self.misplaced(operation, other),
            }
        }
        let accept = self.accepted(entity, accept.as_ref(), Writing::Create, operation);
        let status = status
            .and_then(|status| self.create_status(&status))
            .unwrap_or(201);
        Create {
            status,
            ..create(accept, self.admission_of(operation), operation.span)
        }
    }

    fn create_status(&mut self, ast: &ast::Status) -> Option<u16> {
        let code = ast.code()?;
        match code.as_integer() {
            Some(200) => Some(200),
            Some(201) => Some(201),
            _ => {
                self.report(bad_status::bad_status(
                    code.span(),
                    "`create` answers 201, or 200 by choice",
                ));
                None
            }
        }
    }

    pub(super) fn write(&mut self, entity: EntityId, operation: &Operation<'_>, writing: Writing) -> Write {
        let mut accept = None;
        for clause in operation.ast.clauses() {
            match &clause {
                ast::Clause::Accept(it) => self.once(&mut accept, it.clone(), "`accept`"),
                // Where `create` shares the block, the status is its own.
                ast::Clause::Status(_) if operation.ast.names().any(|name| name.is("create")) => {}
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                other => self.misplaced(operation, other),
            }
        }
        let accept = self.accepted(entity, accept.as_ref(), writing, operation);
        write(accept, self.admission_of(operation), operation.span)
    }

    pub(super) fn delete(&mut self, operation: &Operation<'_>) -> Delete {
        for clause in operation.ast.clauses() {
            let shared = operation.ast.names().count() > 1;
            match &clause {
                ast::Clause::Public(_) | ast::Clause::Limit(_) => {}
                ast::Clause::Accept(_) | ast::Clause::Status(_) if shared => {}
                other => self.misplaced(operation, other),
            }
        }
        delete(self.admission_of(operation), operation.span)
    }

    /// The fields of `accept`, or all that may be written.
    fn accepted(
        &mut self,
        entity: EntityId,
        accept: Option<&ast::Accept>,
        writing: Writing,
        operation: &Operation<'_>,
    ) -> Vec<FieldId> {
        let Some(accept) = accept else {
            let name = self.design.entities[entity].name.clone();
            let text = format!(
                "`{}` takes every field of {name} that may be written.",
                operation.word
            );
            self.assume(
                format!("{name}.{}.accept", operation.word),
                text,
                Some(operation.span),
            );
            return self.writable(entity, &operation.said, writing);
        };
        let mut fields = Vec::new();
        for (field, path) in self.field_list(entity, accept.paths(), "accept") {
            let Some(field) = field else { continue };
            let why = if operation.said.contains(&field) {
                Some("the path says it")
            } else {
                self.why_not_accepted(entity, field, writing)
            };
            match why {
                None => fields.push(field),
                Some(why) => {
                    let declared = self.design.entities[entity].fields[field].origin;
                    let found =
                        accepts_server_field::accepts_server_field(path.span(), &path.text(), why, declared);
                    self.report(found);
                }
            }
        }
        fields.sort_unstable();
        fields
    }

    fn why_not_accepted(&self, entity: EntityId, field: FieldId, writing: Writing) -> Option<&'static str> {
        let entity = &self.design.entities[entity];
        let declared = &entity.fields[field];
        if field == entity.key && (declared.generated.is_some() || writing != Writing::Create) {
            return Some("it is the key, which a row keeps");
        }
        if Some(field) == entity.fence && writing != Writing::Create {
            return Some("it is the tenant, which a row keeps");
        }
        let person = entity.link.as_ref().map(|link| link.user);
        if Some(field) == person && writing != Writing::Create {
            return Some("it is the person, whom the row keeps");
        }
        if declared.write == WriteBy::Server {
            return Some("the server alone writes it");
        }
        (declared.mode == Mode::Internal).then_some("it is `internal`, so it never comes in")
    }

    /// Every field that a caller may write so, below the row that `parent` refers to.
    pub(super) fn writable(&self, entity: EntityId, said: &[FieldId], writing: Writing) -> Vec<FieldId> {
        let fields = self.design.entities[entity].fields.ids();
        fields
            .filter(|field| !self.is_broken(entity, *field) && !said.contains(field))
            .filter(|field| self.why_not_accepted(entity, *field, writing).is_none())
            .collect()
    }
}

pub(super) fn create(accept: Vec<FieldId>, admission: Admission, origin: Span) -> Create {
    Create {
        accept,
        status: 201,
        admission,
        origin,
    }
}

pub(super) fn write(accept: Vec<FieldId>, admission: Admission, origin: Span) -> Write {
    Write {
        accept,
        makes: false,
        require_match: false,
        admission,
        origin,
    }
}

pub(super) fn delete(admission: Admission, origin: Span) -> Delete {
    Delete {
        require_match: false,
        admission,
        origin,
    }
}

/// The word that a clause begins with.
pub(super) fn clause_word(clause: &ast::Clause) -> &'static str {
    match clause {
        ast::Clause::Filter(_) => "filter",
        ast::Clause::Search(_) => "search",
        ast::Clause::Sort(_) => "sort",
        ast::Clause::Page(_) => "page",
        ast::Clause::Shape(_) => "as",
        ast::Clause::Accept(_) => "accept",
        ast::Clause::Include(_) => "include",
        ast::Clause::Hide(_) => "hide",
        ast::Clause::Fields(_) => "fields",
        ast::Clause::Status(_) => "status",
        ast::Clause::Answer(_) => "answer",
        ast::Clause::Cache(_) => "cache",
        ast::Clause::Limit(_) => "limit",
        ast::Clause::Public(_) => "public",
        ast::Clause::Input(_) => "input",
        ast::Clause::Move(_) => "from",
        ast::Clause::Set(_) => "set",
        ast::Clause::Find(_) => "find",
        ast::Clause::CreateRow(_) => "create",
        ast::Clause::Error(_) => "error",
        ast::Clause::Handled(_) => "handled by",
    }
}

/// Where a clause belongs, for messages.
pub(super) fn where_it_fits(clause: &ast::Clause) -> &'static str {
    match clause {
        ast::Clause::Filter(_)
        | ast::Clause::Search(_)
        | ast::Clause::Sort(_)
        | ast::Clause::Page(_)
        | ast::Clause::Shape(_) => "`list`",
        ast::Clause::Accept(_) => "`create`, `update` and `replace`",
        ast::Clause::Include(_) => "`list` and `read`",
        ast::Clause::Status(_) => "`create`",
        ast::Clause::Public(_) | ast::Clause::Limit(_) => "an operation, an action or a report",
        ast::Clause::Input(_)
        | ast::Clause::Move(_)
        | ast::Clause::Set(_)
        | ast::Clause::Find(_)
        | ast::Clause::CreateRow(_)
        | ast::Clause::Error(_)
        | ast::Clause::Handled(_) => "an action",
        ast::Clause::Hide(_) | ast::Clause::Fields(_) | ast::Clause::Answer(_) | ast::Clause::Cache(_) => {
            "a later release"
        }
    }
}
