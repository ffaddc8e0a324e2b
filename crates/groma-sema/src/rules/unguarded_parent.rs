//! W312.

use groma_access::Analysis;
use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::access::{Access, Atom, CallerFacts, Pred};
use groma_ir::design::{Effect, Entity, Field, FieldId, Path, Resource, ResourceId, Rule, Term, Verb, Who};

use super::gains::{Gained, gained};
use super::page::rule;
use super::places::{self, a};
use super::reach::{Ordinary, allowing, has, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Nobody puts a row under a parent that they have no right to.
    ///
    /// ## Why
    /// A body may refer to whatever its caller may read. Where access comes from a parent, such as a project, reading it
    /// is not enough: whoever may only look at a project fills it with tasks, or whoever may change a task moves it to a
    /// project of their own and may do more with it there. A rule that asks for a right on the new parent silences this;
    /// parents that everybody may read, such as posts and their comments, are open on purpose.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    ///   viewer: User?
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Project {
    ///   allow read, update to owner
    ///   allow read to viewer
    /// }
    /// access Task {
    ///   allow create to authenticated
    ///   allow read to owner, can read project
    /// }
    /// resource /tasks for Task {
    ///   create { accept project }
    ///   read
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    ///   viewer: User?
    /// }
    /// entity Task {
    ///   id: uuid key
    ///   project: Project? on delete set null
    ///   owner: User = caller readonly
    /// }
    /// access Project {
    ///   allow read, update to owner
    ///   allow read to viewer
    /// }
    /// access Task {
    ///   allow create to authenticated
    ///   allow read to owner, can read project
    ///   deny create to everyone except can update new.project when new.project != none
    /// }
    /// resource /tasks for Task {
    ///   create { accept project }
    ///   read
    /// }
    Warning UNGUARDED_PARENT "W312" "unguarded-parent"
}

/// Each of these is compared with every rule: nobody gives rows more parents than this.
const MOST_PARENTS: usize = 64;

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let signed_in = Ordinary::of(&resolved.design).signed_in;
    let analysis = Analysis::new(&resolved.design, access);
    let mut found = Vec::new();
    for (id, resource, _) in places::resources(resolved) {
        let entity = &resolved.design.entities[resource.entity];
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let parents = entity
            .fields
            .entries()
            .filter(|(_, field)| field.ty.target().is_some());
        for (field, declared) in parents.take(MOST_PARENTS) {
            let here = Here {
                resolved,
                access,
                analysis: &analysis,
                signed_in,
                id,
                resource,
                entity,
                field,
                declared,
            };
            found.extend(here.taken_away().or_else(|| here.put_in()));
        }
    }
    found
}

/// One reference of the rows of a resource.
struct Here<'h, 'r> {
    resolved: &'h Resolved<'r>,
    access: &'h Access,
    analysis: &'h Analysis<'h>,
    signed_in: CallerFacts,
    id: ResourceId,
    resource: &'h Resource,
    entity: &'h Entity,
    field: FieldId,
    declared: &'h Field,
}

impl<'h> Here<'h, '_> {
    /// A row is put under a parent that its maker may only read.
    fn put_in(&self) -> Option<Diagnostic> {
        let gives = self.entity.rules.iter().find(|rule| self.gives(rule))?;
        let reads = self.reads_only()?;
        let open = self.unguarded();
        let place = self.place(open.first()?);
        let (line, edit) = self.guard(&open);
        let found = put_in(place, (&self.declared.name, &self.entity.plural), gives, reads)
            .help(format!("ask for a right on the new one: `{line}`"));
        Some(if edit.is_empty() {
            found
        } else {
            found.suggestion("add the rule", edit)
        })
    }

    /// A row is moved to a parent by which whoever moves it may do more.
    fn taken_away(&self) -> Option<Diagnostic> {
        let operation = self
            .accepting()
            .into_iter()
            .find(|operation| *operation != "create")?;
        // Who a user is to the row is another finding.
        let design = &self.resolved.design;
        if self.declared.ty.target() == design.caller_entity() {
            return None;
        }
        let gained = gained(self.analysis, design, self.resource.entity, self.field)?;
        Some(taken_away(self.place(operation), &self.declared.name, &gained))
    }

    /// Whether a rule gives access by the row that the field refers to.
    fn gives(&self, rule: &Rule) -> bool {
        rule.effect == Effect::Allow && rule.who.iter().any(|who| self.leads(who))
    }

    fn leads(&self, who: &Who) -> bool {
        match who {
            Who::Can { path, .. } | Who::Level { path, .. } => begins(path, self.field),
            Who::Path(path) => begins(path, self.field) && path.steps.len() > 1,
            Who::Everyone | Who::Authenticated | Who::Role(_) => false,
        }
    }

    /// The rule by which somebody, and not everybody, may read the parent without being allowed to change it.
    fn reads_only(&self) -> Option<&'h Rule> {
        let design = &self.resolved.design;
        let parent = &design.entities[self.declared.ty.target()?];
        allowing(parent, Verb::Update).next()?;
        let is_everybody = |who: &Who| match who {
            Who::Everyone | Who::Authenticated => true,
            Who::Role(role) => self.signed_in.roles.contains(*role),
            Who::Path(_) | Who::Level { .. } | Who::Can { .. } => false,
        };
        allowing(parent, Verb::Read).find(|rule| {
            let mut who = rule.who.iter();
            who.any(|who| !is_everybody(who) && !has(design, parent, who, Verb::Update))
        })
    }

    /// The operations whose body may hold the field, or whose path says it.
    fn accepting(&self) -> Vec<&'static str> {
        let create = self.resource.created(&self.resolved.design);
        let create = self.resource.create.is_some().then_some(("create", &create));
        let update = self.resource.update.as_ref().map(|it| ("update", &it.accept));
        let replace = self.resource.replace.as_ref().map(|it| ("replace", &it.accept));
        let all = create.into_iter().chain(update).chain(replace);
        let all = all.filter(|(_, accept)| accept.contains(&self.field));
        all.map(|(operation, _)| operation).collect()
    }

    /// Those of them that ordinary callers may use, and where nothing is asked of the field.
    fn unguarded(&self) -> Vec<&'static str> {
        let of = self.access.of(self.resource.entity);
        let mut operations = self.accepting();
        operations.retain(|operation| {
            let rule = if *operation == "create" {
                &of.create
            } else {
                &of.update
            };
            let left = rule.field(self.field).for_caller(&self.signed_in);
            !left.is_never() && !guards(&left, self.field)
        });
        operations
    }

    fn place(&self, operation: &str) -> Span {
        let ast = places::resource(self.resolved, self.id);
        let said = ast.and_then(|ast| places::accepted(ast, operation, &self.declared.name));
        let create = self.resource.create.as_ref().map(|it| it.origin);
        let update = self.resource.update.as_ref().map(|it| it.origin);
        let replace = self.resource.replace.as_ref().map(|it| it.origin);
        let whole = match operation {
            "create" => create,
            "update" => update,
            _ => replace,
        };
        said.or(whole).unwrap_or(self.resource.origin)
    }

    /// The rule that would guard the operations, and the edit that writes it.
    fn guard(&self, open: &[&str]) -> (String, Vec<Edit>) {
        let name = &self.declared.name;
        let update = format!("update({name})");
        let mut verbs: Vec<&str> = Vec::new();
        verbs.extend(open.contains(&"create").then_some("create"));
        verbs.extend(open.iter().any(|it| *it != "create").then_some(update.as_str()));
        let verbs = verbs.join(", ");
        let mut line = format!("deny {verbs} to everyone except can update new.{name}");
        if self.declared.optional {
            line = format!("{line} when new.{name} != none");
        }
        let access = self.entity.access_origin;
        let edit = access.map(|access| places::at_end(self.resolved.sources, access, &line));
        (line, edit.unwrap_or_default())
    }
}

fn begins(path: &Path, field: FieldId) -> bool {
    path.steps.first() == Some(&field)
}

/// Whether every way through the predicate asks something of the field. Of which state of the row does not matter:
/// what is asked before a change is asked again after it.
fn guards(pred: &Pred, field: FieldId) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().any(|part| guards(part, field)),
        Pred::Any(parts) => !parts.is_empty() && parts.iter().all(|part| guards(part, field)),
        Pred::Not(part) => part.any_atom(&|atom| speaks_of(atom, field)),
        Pred::Atom(atom) => speaks_of(atom, field),
    }
}

fn speaks_of(atom: &Atom, field: FieldId) -> bool {
    let is_it = |term: &Term| matches!(term, Term::Field { field: of, .. } if *of == field);
    match atom {
        Atom::IsCaller { path, .. } | Atom::Linked { path, .. } | Atom::Exists { path, .. } => {
            begins(path, field)
        }
        Atom::Compare { left, right, .. } => is_it(left) || is_it(right),
        Atom::In { term, .. } | Atom::IsNone(term) => is_it(term),
        Atom::Authenticated | Atom::Role(_) | Atom::IsTrue { .. } | Atom::ClaimIsTrue(_) => false,
    }
}

fn put_in(place: Span, (parent, plural): (&str, &str), gives: &Rule, reads: &Rule) -> Diagnostic {
    let rows = plural.replace('_', " ");
    Diagnostic::new(
        &UNGUARDED_PARENT,
        place,
        format!("whoever may only read {} may put {rows} into it", a(parent)),
    )
    .label(gives.origin, format!("`{parent}` decides access here"))
    .label(reads.origin, "these may read it, and not change it")
}

fn taken_away(place: Span, parent: &str, gained: &Gained<'_>) -> Diagnostic {
    let verb = gained.verb;
    let found = Diagnostic::new(
        &UNGUARDED_PARENT,
        place,
        format!(
            "whoever may change the row may move it to {} of theirs, and {verb} it",
            a(parent)
        ),
    );
    gained
        .explain(found, format!("the `{parent}` gives more"))
        .help(format!(
            "say who may move it: `deny update({parent}) to everyone except owner`"
        ))
}
