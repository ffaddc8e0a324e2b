//! The design: what the author meant, resolved and complete, or not made at all.
//!
//! Names are ids here, defaults are said, and every node keeps its [`Span`], so that a failing case or a
//! log line can point at `specs/db/task.md:41`.

mod auth;
mod entity;
mod fit;
mod method;
mod resource;
mod rule;
mod service;
mod value;

pub use auth::{Algorithm, Auth, CallerClaim, ClaimType, Jwks, Role, RoleSet};
pub use entity::{
    Check, Entity, Enum, Field, Generated, Index, Inverse, Least, Link, LinkKind, ListType, Mode, OnDelete,
    States, Storage, Transition, Type, Unique, Variant, Was, WriteBy,
};
pub use fit::{End, Measured, Misfit};
pub use method::Method;
pub use resource::{
    Action, ActionError, ActionRoute, Aggregate, Assign, At, Create, Creation, Delete, FieldFilter, Find,
    Gate, Input, List, ListShape, Measure, Move, NamedFilter, NamedOption, Page, PageMode, Parent, Read,
    Report, Resource, Segment, Sort, Write,
};
pub use rule::{Compare, Cond, Effect, Guarantee, Path, Row, Rule, Term, Verb, VerbUse, Who};
pub use service::{
    Admission, Assumption, Cors, Decision, Hole, Limits, Per, Question, Rate, Service, Setting,
};
pub use value::{Default, Value};

use groma_diag::Span;

use crate::Arena;

crate::ids! {
    /// An entity of the design.
    EntityId
    /// A field of one entity; means nothing without that entity.
    FieldId
    /// An enum of the design.
    EnumId
    /// A variant of one enum.
    VariantId
    /// A resource: a set of routes for one entity.
    ResourceId
    /// An action of one entity.
    ActionId
    /// A report of one resource.
    ReportId
    /// A role of the caller.
    RoleId
    /// A claim of the caller that rules may read.
    ClaimId
    /// An input of one action.
    InputId
}

/// A whole design.
#[derive(Clone, Debug)]
pub struct Design {
    /// The source files, for [`Design::place`].
    pub files: Vec<SourceFile>,
    /// What the API is called, where it lives and what bounds it.
    pub service: Service,
    /// How callers are known; a design without one has only public routes.
    pub auth: Option<Auth>,
    /// Enums in the order of their declaration.
    pub enums: Arena<EnumId, Enum>,
    /// Entities in the order of their declaration.
    pub entities: Arena<EntityId, Entity>,
    /// Resources in the order of their declaration.
    pub resources: Arena<ResourceId, Resource>,
    /// Questions that the author left open, in words.
    pub questions: Vec<Question>,
    /// `TBD(...)` holes that work as their provisional answer.
    pub holes: Vec<Hole>,
    /// Answers on record.
    pub decisions: Vec<Decision>,
    /// Every default that was taken silently.
    pub assumptions: Vec<Assumption>,
}

/// Where the rows of an entity in a tenant are fenced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fence {
    /// The reference to the tenant.
    pub field: FieldId,
    /// The tenant.
    pub tenant: EntityId,
    /// What ties its members to it.
    pub members: EntityId,
}

/// A source file of the design, kept for its name and its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// The path as the user gave it, with `/` between its parts.
    pub path: String,
    /// The byte offset at which each line starts.
    pub line_starts: Vec<u32>,
}

impl Design {
    /// Where a node was written: `specs/db/task.md:41`.
    pub fn place(&self, origin: Span) -> String {
        match self.files.get(origin.file.0 as usize) {
            Some(file) => format!("{}:{}", file.path, self.line(origin)),
            None => String::from("<generated>"),
        }
    }

    /// The path of the file in which a node was written.
    pub fn path(&self, origin: Span) -> Option<&str> {
        self.files
            .get(origin.file.0 as usize)
            .map(|file| file.path.as_str())
    }

    /// The line, counted from one, on which a node starts.
    pub fn line(&self, origin: Span) -> usize {
        self.files.get(origin.file.0 as usize).map_or(0, |file| {
            file.line_starts.partition_point(|start| *start <= origin.start)
        })
    }

    /// The entity whose rows are the callers, where callers are known.
    pub fn caller_entity(&self) -> Option<EntityId> {
        self.auth.as_ref().map(|auth| auth.caller)
    }

    /// The tenant in which the rows of an entity stand, where they stand in one.
    pub fn fence(&self, entity: EntityId) -> Option<Fence> {
        let entity = &self.entities[entity];
        let field = entity.fence?;
        let tenant = entity.fields[field].ty.target()?;
        let members = self.link_of(tenant, LinkKind::Members)?;
        Some(Fence {
            field,
            tenant,
            members,
        })
    }

    /// The tenant in which a new row of a resource stands, where it follows from the row in the path that it refers to:
    /// its reference to the tenant, and that of the row in the path.
    pub fn tenant_by_path(&self, resource: &Resource) -> Option<(FieldId, FieldId)> {
        let own = self.fence(resource.entity)?;
        let parent = resource.parent().filter(|parent| parent.field != own.field)?;
        let above = self.fence(parent.entity)?;
        (own.tenant == above.tenant).then_some((own.field, above.field))
    }

    /// The fields of a new row that its path says: the reference to what it lies below, and its tenant.
    pub fn said_by_path(&self, resource: &Resource) -> Vec<FieldId> {
        let parent = resource.parent().map(|parent| parent.field);
        let tenant = self.tenant_by_path(resource).map(|(own, _)| own);
        parent.into_iter().chain(tenant).collect()
    }

    /// What ties people to the rows of an entity in this way.
    pub fn link_of(&self, entity: EntityId, kind: LinkKind) -> Option<EntityId> {
        let is_so = |link: &EntityId| {
            self.entities[*link]
                .link
                .as_ref()
                .is_some_and(|link| link.kind == kind)
        };
        self.entities[entity].links.iter().copied().find(is_so)
    }

    /// The name of a level of what ties people to rows.
    pub fn level_name(&self, link: EntityId, level: VariantId) -> &str {
        match &self.entities[link].link {
            Some(link) => self.variant_name(link.of, level),
            None => "?",
        }
    }

    /// The declared name of a variant.
    pub fn variant_name(&self, of: EnumId, variant: VariantId) -> &str {
        &self.enums[of].variants[variant].name
    }
}
