//! How an action is called: its method and path, and by what it finds its row.

use std::collections::BTreeMap;

use groma_ir::Id;
use groma_ir::design::{ActionRoute, At, EntityId, FieldId, Find, Method, Resource, Storage, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::conds::KnownInput;
use super::{MemberKind, Resolver};
use crate::rules::{action_path, external_written, find_by};

impl Resolver<'_> {
    /// The route of an action below its resource.
    pub(super) fn action_route(&mut self, resource: &mut Resource, ast: &ast::Action, public: bool) {
        let Some(name) = ast.name() else { return };
        let known = self.action_names.get(resource.entity.index());
        let known = known.and_then(|names| names.get(&name.text())).copied();
        // Another declaration of the same name has been reported.
        let Some((action, _)) = known.filter(|(_, span)| *span == name.span()) else {
            return;
        };
        if self.design.entities[resource.entity].storage != Storage::Managed {
            let entity = self.design.entities[resource.entity].name.clone();
            self.report(external_written::external_written(name.span(), &entity));
            return;
        }
        let at = ast
            .route()
            .and_then(|route| self.action_at(resource, ast, &route));
        resource.actions.push(ActionRoute {
            action,
            admission: self.admission(public || ast.is_public(), ast.clauses()),
            at,
            origin: ast.span(),
        });
    }

    /// `at PUT /tasks/{id}/done`.
    fn action_at(&mut self, resource: &Resource, ast: &ast::Action, route: &ast::Route) -> Option<At> {
        let method = self.method(ast)?;
        let finds = ast.clauses().any(|clause| matches!(clause, ast::Clause::Find(_)));
        let item = &self.design.entities[resource.entity].fields[resource.by];
        let names = [item.name.clone(), item.wire.clone()];
        let is_item = |segment: &ast::Segment| {
            let name = segment.parameter().filter(|_| segment.binding().is_none());
            name.is_some_and(|name| names.contains(&name.text()))
        };
        let items: Vec<ast::Segment> = route.segments().filter(is_item).collect();
        match (items.as_slice(), finds) {
            ([], true) | ([_], false) => {}
            ([], false) => self.report(action_path::no_row(route.span(), &names[1])),
            ([_, twice, ..], false) => self.report(action_path::twice(twice.span(), &names[1])),
            ([item, ..], true) => self.report(action_path::found_already(item.span(), &names[1])),
        }
        let mut path = self.segments(resource.entity, route, &is_item);
        super::paths::number(&mut path, &names[1]);
        Some(At { method, path })
    }

    fn method(&mut self, ast: &ast::Action) -> Option<Method> {
        let Some(said) = ast.method() else {
            return Some(Method::Post);
        };
        let has_input = ast
            .clauses()
            .any(|clause| matches!(clause, ast::Clause::Input(_)));
        match said.text().as_str() {
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "PATCH" => Some(Method::Patch),
            "DELETE" if has_input => {
                self.report(action_path::delete_with_body(said.span()));
                None
            }
            "DELETE" => Some(Method::Delete),
            "GET" => {
                self.report(action_path::get(said.span()));
                None
            }
            // The parser has said that it is none.
            _ => None,
        }
    }

    /// `find by token`: a field that no two rows share, and the input that holds its value.
    pub(super) fn find(
        &mut self,
        id: EntityId,
        ast: &ast::Find,
        (all, inputs): (&[ast::Input], &BTreeMap<String, KnownInput>),
    ) -> Option<Find> {
        let name = ast.by()?;
        let text = name.text();
        let Some(member) = self.member(id, &text) else {
            self.unknown_member(id, name.span(), &text, true);
            return None;
        };
        let field = match member.kind {
            MemberKind::Field(field) if !self.is_broken(id, field) => field,
            MemberKind::Field(_) | MemberKind::Broken => return None,
            MemberKind::Inverse => {
                self.report(find_by::not_one_row(name.span(), &text, member.span));
                return None;
            }
        };
        let declared = &self.design.entities[id].fields[field];
        let ty = declared.ty.clone();
        let line = super::slips::to_line_end(self.sources, declared.origin);
        if !self.is_one_row(id, field) {
            if !self.is_shaky(line) {
                self.report(find_by::not_one_row(name.span(), &text, member.span));
            }
            return None;
        }
        let Some(input) = inputs.get(&text) else {
            // One that is broken has been reported.
            let is_there = all
                .iter()
                .filter_map(ast::Input::name)
                .any(|name| name.text() == text);
            if !is_there && !self.damaged.contains(&text) {
                let wanted = input_for(&ty);
                self.report(find_by::no_input(name.span(), &text, &wanted));
            }
            return None;
        };
        if input.optional {
            self.report(find_by::optional_input(input.origin, &text));
            return None;
        }
        if !holds_alike(&input.ty, &ty) {
            let wanted = input_for(&ty);
            self.report(find_by::other_type(input.origin, &text, &wanted, member.span));
            return None;
        }
        Some(Find {
            field,
            input: input.id,
        })
    }

    /// Whether no two rows have the same value of a field.
    fn is_one_row(&self, id: EntityId, field: FieldId) -> bool {
        let entity = &self.design.entities[id];
        let is_scalar = matches!(entity.fields[field].ty, Type::Scalar(_));
        let is_unique = |unique: &groma_ir::design::Unique| unique.when.is_none() && unique.fields == [field];
        is_scalar && (field == entity.key || entity.uniques.iter().any(is_unique))
    }
}

/// Whether values of the two types are compared as they are.
fn holds_alike(input: &Type, field: &Type) -> bool {
    match (input, field) {
        (Type::Scalar(input), Type::Scalar(field)) => {
            is_text(input) && is_text(field) || std::mem::discriminant(input) == std::mem::discriminant(field)
        }
        _ => false,
    }
}

fn is_text(scalar: &Scalar) -> bool {
    scalar.is_textual() || matches!(scalar, Scalar::Secret(_))
}

/// The type that an input needs to hold a value of a field.
fn input_for(field: &Type) -> String {
    match field {
        Type::Scalar(Scalar::Secret(length)) => format!("text({length}..{length})"),
        Type::Scalar(scalar) => scalar.to_string(),
        Type::Enum(_) | Type::Reference(_) | Type::List(_) => String::from("text"),
    }
}
