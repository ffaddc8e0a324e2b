//! Paths of resources: fixed parts, the caller, and the rows that a resource lies below.

use groma_diag::Span;
use groma_ir::design::{Entity, EntityId, FieldId, Mode, Parent, Segment, Storage, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::service::is_plain_segment;
use super::{Declared, MemberKind, Resolver, TopKind};
use crate::rules::{bad_path, by_field, path_parent};

/// A resource as others see it: where its rows are, and by what one of them is found.
pub(super) struct Outline {
    /// The path with every parameter alike.
    shape: String,
    entity: EntityId,
    by: FieldId,
    /// Whether `by` names one row without its parent.
    alone: bool,
}

impl Resolver<'_> {
    /// The outlines of all resources, before any of them is resolved: nothing is said about what is wrong with them.
    pub(super) fn outlines(&self, declared: &Declared) -> Vec<Outline> {
        let outline = |ast: &ast::Resource| {
            let TopKind::Entity(entity) = self.top.get(&ast.entity()?.single()?.text())?.kind else {
                return None;
            };
            let named = ast.by().and_then(|by| self.member(entity, &by.text()));
            let by = match named.map(|member| member.kind) {
                Some(MemberKind::Field(field)) => field,
                Some(MemberKind::Inverse | MemberKind::Broken) | None => self.design.entities[entity].key,
            };
            Some(Outline {
                shape: ast.route()?.segments().map(|segment| shape(&segment)).collect(),
                entity,
                by,
                alone: by == self.design.entities[entity].key || self.names_one_row(entity, by, None),
            })
        };
        declared.resources.iter().filter_map(outline).collect()
    }

    /// The parts of a path, of which all but the broken ones are left; `is_item` knows the row of `entity` itself.
    pub(super) fn segments(
        &mut self,
        entity: EntityId,
        route: &ast::Route,
        is_item: &dyn Fn(&ast::Segment) -> bool,
    ) -> Vec<Segment> {
        if route.has_trailing_slash() {
            self.unsupported(route.span(), "a slash at the end of a path");
        }
        let all: Vec<ast::Segment> = route.segments().collect();
        let mut owner = Some(entity);
        let mut segments = Vec::new();
        // What a parameter is says the entity on its right.
        for (at, ast) in all.iter().enumerate().rev() {
            let segment = if is_item(ast) {
                Some(Segment::Item)
            } else if ast.parameter().is_some() && ast.binding().is_none() {
                let before: String = all.iter().take(at).map(shape).collect();
                let parent = owner.and_then(|owner| self.parent(owner, ast, &before));
                owner = parent.as_ref().map(|parent| parent.entity);
                parent.map(Segment::Parent)
            } else {
                self.segment(ast)
            };
            segments.extend(segment);
        }
        segments.reverse();
        segments
    }

    fn segment(&mut self, ast: &ast::Segment) -> Option<Segment> {
        if let Some(text) = ast.literal() {
            if is_plain_segment(&text) {
                return Some(Segment::Literal(text));
            }
            self.report(bad_path::bad_path(ast.span(), &text));
            return None;
        }
        let name = ast.parameter()?;
        match ast.binding()? {
            ast::Term::Caller(_) => {
                if self.design.auth.is_none() {
                    self.no_auth(ast.span(), "a path with the caller in it");
                }
                Some(Segment::Caller { name: name.text() })
            }
            other => {
                self.unsupported(
                    other.span(),
                    "a parameter of a path that is anything but `caller`",
                );
                None
            }
        }
    }

    /// The row that a parameter stands for: at the end of a reference of what lies below it.
    fn parent(&mut self, owner: EntityId, ast: &ast::Segment, before: &str) -> Option<Parent> {
        let name = ast.parameter()?.text();
        let member = self.member(owner, &name);
        if member.is_none() && self.damaged.contains(&name) {
            return None;
        }
        let field = match member.map(|member| member.kind) {
            Some(MemberKind::Field(field)) if !self.is_broken(owner, field) => Some(field),
            Some(MemberKind::Field(_) | MemberKind::Broken) => return None,
            Some(MemberKind::Inverse) | None => None,
        };
        let reference = field.and_then(|field| {
            let target = self.design.entities[owner].fields[field].ty.target()?;
            Some((field, target))
        });
        let Some((field, target)) = reference else {
            self.no_reference(owner, ast.span(), &name, before);
            return None;
        };
        let entity = &self.design.entities[target];
        if entity.storage == Storage::ExternalId {
            let found = path_parent::unknown_rows(ast.span(), &name, entity);
            self.report(found);
            return None;
        }
        let by = self.found_by(target, before);
        Some(Parent {
            name: parameter(&self.design.entities[owner].fields[field].name, entity, by),
            field,
            entity: target,
            by,
        })
    }

    /// The field by which a path finds a row: as the resource does at whose path it stands, otherwise as the first one
    /// of the entity, otherwise by the key.
    fn found_by(&self, entity: EntityId, before: &str) -> FieldId {
        let of_entity = || self.outlines.iter().filter(|outline| outline.entity == entity);
        let here = of_entity().find(|outline| outline.shape == before);
        let found = here.or_else(|| of_entity().next().filter(|first| first.alone));
        found.map_or(self.design.entities[entity].key, |outline| outline.by)
    }

    fn no_reference(&mut self, owner: EntityId, span: Span, name: &str, before: &str) {
        let entity = &self.design.entities[owner];
        let references: Vec<(&str, EntityId)> = entity
            .fields
            .entries()
            .filter(|(id, _)| !self.is_broken(owner, *id))
            .filter_map(|(_, field)| Some((field.name.as_str(), field.ty.target()?)))
            .collect();
        let is_there = |target: EntityId| {
            let mut of_entity = self.outlines.iter().filter(|outline| outline.entity == target);
            of_entity.any(|outline| outline.shape == before)
        };
        let by_wire = references
            .iter()
            .find(|(field, _)| name.strip_prefix(field).is_some_and(|rest| rest.starts_with('_')));
        let meant = by_wire.or_else(|| references.iter().find(|(_, target)| is_there(*target)));
        let meant = meant.map(|(field, _)| *field);
        let caller = self
            .design
            .caller_entity()
            .map(|id| &self.design.entities[id].name);
        let is_caller = caller.is_some_and(|caller| name.starts_with(&caller.to_lowercase()));
        let found = path_parent::no_reference(span, name, entity, meant, is_caller);
        self.report(found);
    }

    /// The field in the item's path.
    pub(super) fn by(&mut self, id: EntityId, ast: &ast::Resource, parent: Option<FieldId>) -> FieldId {
        let key = self.design.entities[id].key;
        let Some(name) = ast.by() else { return key };
        let text = name.text();
        let Some(member) = self.member(id, &text) else {
            self.unknown_member(id, name.span(), &text, true);
            return key;
        };
        let field = match member.kind {
            MemberKind::Field(field) if !self.is_broken(id, field) => field,
            MemberKind::Field(_) | MemberKind::Broken => return key,
            MemberKind::Inverse => {
                self.report(by_field::by_field(name.span(), &text, member.span));
                return key;
            }
        };
        let line = super::slips::to_line_end(self.sources, self.design.entities[id].fields[field].origin);
        if field == key || self.names_one_row(id, field, parent) || self.is_shaky(line) {
            return field;
        }
        self.report(by_field::by_field(name.span(), &text, member.span));
        key
    }

    /// Whether a field names one row, alone or below the row that `parent` refers to.
    fn names_one_row(&self, id: EntityId, field: FieldId, parent: Option<FieldId>) -> bool {
        let entity = &self.design.entities[id];
        let declared = &entity.fields[field];
        let is_unique = entity.uniques.iter().any(|unique| {
            let is_known = |of: &FieldId| *of == field || Some(*of) == parent;
            unique.when.is_none() && unique.fields.contains(&field) && unique.fields.iter().all(is_known)
        });
        let is_path_like = match &declared.ty {
            Type::Scalar(scalar) => scalar.is_textual() || matches!(scalar, Scalar::Uuid | Scalar::Int(_)),
            Type::Reference(_) => true,
            Type::Enum(_) | Type::List(_) => false,
        };
        is_unique && is_path_like && !declared.optional && declared.mode == Mode::Open
    }
}

/// The name of a parent's parameter on the wire: `project_id`, `post_slug`.
pub(super) fn parameter(field: &str, entity: &Entity, by: FieldId) -> String {
    format!("{field}_{}", entity.fields[by].wire)
}

/// Gives the parents numbers whose parameters would have the same name as others of the item's path.
pub(super) fn number(path: &mut [Segment], item: &str) {
    let callers = path.iter().filter_map(|segment| match segment {
        Segment::Caller { name } => Some(name.clone()),
        Segment::Literal(_) | Segment::Parent(_) | Segment::Item => None,
    });
    let mut taken: Vec<String> = callers.chain([item.to_owned()]).collect();
    for segment in path {
        let Segment::Parent(parent) = segment else {
            continue;
        };
        let numbered = (2..).map(|number| format!("{}{number}", parent.name));
        let mut names = std::iter::once(parent.name.clone()).chain(numbered);
        if let Some(free) = names.find(|name| !taken.contains(name)) {
            taken.push(free.clone());
            parent.name = free;
        }
    }
}

/// A part of a path with every parameter alike.
fn shape(segment: &ast::Segment) -> String {
    segment
        .literal()
        .map_or_else(|| String::from("/{}"), |text| format!("/{text}"))
}
