//! Row-level security: the rules of a design a second time, inside Postgres.
//!
//! What belongs to it is in a schema of its own, whose name no user of the database has: the schema of a user's own name
//! comes first where others are looked for.
//!
//! A request says in its transaction who calls and what is done ([`CALLER`]) and takes on a role that owns nothing.
//! Each table has a policy a command; a policy asks a function, which answers by the rules with the rights of the
//! table's owner. It is a fence around rows: what a rule says of single fields, of an action's input or of the row before
//! and after at once is left to the server's own statement, so that the fence never refuses what the rules allow.

use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::access::{Atom, EntityAccess, Pred, VerbRule};
use groma_ir::design::{
    Action, Assign, ClaimType, Compare, Default as FieldDefault, EntityId, FieldId, Resource, Row, Storage,
    Term, Value as Literal,
};
use groma_ir::http::{Operation, Route};
use groma_ir::scalar::StorageClass;
use groma_ir::tables::{self, name_within};
use groma_plan::Value;

use super::{Command, Function, FunctionKind, Policy, Role};
use crate::Dialect;
use crate::dialect::Spelling;
use crate::pred::Scope;
use crate::write::{Context, Slot, Style, Writer};

/// Who calls, as the transaction says it: `{"sub", "roles", "claims", "now", "does"}`.
pub(crate) const CALLER: &str = "groma_internal.caller()";
/// The row that a function is asked about.
pub(super) const ROW: &str = "groma_row";

/// The policies of a table and what they ask.
pub(super) struct Fence {
    pub(super) functions: Vec<Function>,
    pub(super) policies: Vec<Policy>,
}

/// The role of a design that asks for a second fence.
pub(super) fn role(model: &Model, dialect: Dialect) -> Option<Role> {
    let name = model.design.service.row_security.clone()?;
    let entities = model.design.entities.entries();
    let of_others = entities.filter(|(_, entity)| entity.storage == Storage::ExternalTable);
    let reads = of_others.map(|(id, entity)| {
        let columns = model.tables.of(id).columns.iter();
        (
            entity.table.clone(),
            columns.map(|column| column.name.clone()).collect(),
        )
    });
    (dialect == Dialect::Postgres).then(|| Role {
        name,
        reads: reads.collect(),
    })
}

/// The fence around a table of ours.
pub(super) fn of_table(cx: &Context<'_>, table: &tables::Table) -> Option<Fence> {
    cx.model.design.service.row_security.as_ref()?;
    if cx.dialect != Spelling::Postgres || !table.managed {
        return None;
    }
    let asked = Asked { cx, table };
    let functions = [
        ("select", asked.seen()),
        ("insert", asked.made()),
        ("update", asked.changed(Side::Before)),
        ("updated", asked.changed(Side::After)),
        ("delete", asked.removed()),
    ];
    let functions = functions.map(|(suffix, condition)| Function {
        name: name_within(&table.name, &[], suffix),
        body: format!(" SELECT coalesce({condition}, FALSE) "),
        kind: FunctionKind::Question,
    });
    let call = |suffix: &str| {
        let name = cx.dialect.name(&name_within(&table.name, &[], suffix));
        Some(format!(
            "groma_internal.{name}({}.*)",
            cx.dialect.name(&table.name)
        ))
    };
    let policy = |command: Command, using, check| Policy {
        name: name_within(&table.name, &[&command.sql().to_ascii_lowercase()], "policy"),
        command,
        using,
        check,
    };
    Some(Fence {
        functions: functions.into_iter().chain([rows(cx, table)]).collect(),
        policies: vec![
            policy(Command::Select, call("select"), None),
            policy(Command::Insert, None, call("insert")),
            policy(Command::Update, call("update"), call("updated")),
            policy(Command::Delete, call("delete"), None),
        ],
    })
}

/// What rules look up in a table: its key, whom and what it refers to, and what rules read behind a reference.
fn rows(cx: &Context<'_>, table: &tables::Table) -> Function {
    let columns = looked_up(cx.model, table.entity).into_iter();
    let columns: Vec<String> = columns
        .map(|field| cx.dialect.name(&table.column(field).name))
        .collect();
    Function {
        name: rows_name(table),
        body: format!(
            "SELECT {} FROM {}",
            columns.join(", "),
            cx.dialect.name(&table.name)
        ),
        kind: FunctionKind::Rows {
            reader: cx.model.design.service.row_security.clone().unwrap_or_default(),
        },
    }
}

/// The view of a table in which rules look things up.
pub(crate) fn rows_name(table: &tables::Table) -> String {
    name_within(&table.name, &["rule"], "rows")
}

/// The fields of an entity by which rules go: those that rules of others look up in its rows, those that its read rule
/// asks, its key and its references.
pub fn looked_up(model: &Model, entity: EntityId) -> BTreeSet<FieldId> {
    let own = &model.design.entities[entity];
    let references = own
        .fields
        .entries()
        .filter(|(_, field)| field.ty.target().is_some());
    let mut fields: BTreeSet<FieldId> = references.map(|(id, _)| id).collect();
    fields.insert(own.key);
    fields.extend(
        own.link
            .iter()
            .flat_map(|link| [link.parent, link.user, link.level]),
    );
    let resources = model.design.resources.iter();
    let parents = resources.flat_map(Resource::parents);
    fields.extend(
        parents
            .filter(|parent| parent.entity == entity)
            .map(|parent| parent.by),
    );
    fields.extend(model.access.of(entity).read.fields());
    for id in model.design.entities.ids() {
        let access = model.access.of(id);
        let writes = [&access.create, &access.update];
        let writes = writes.into_iter().flat_map(|rule| {
            let fields = rule.fields.iter().map(|(_, pred)| pred);
            std::iter::once(&rule.row).chain(fields)
        });
        let shown = access.shown.iter().map(|(_, pred)| pred);
        let rules = [&access.read, &access.delete, &access.share].into_iter();
        for rule in rules.chain(writes).chain(shown).chain(&access.actions) {
            behind(rule, entity, &mut fields);
        }
    }
    fields
}

/// The fields of an entity that a rule reads at the end of a path.
fn behind(rule: &Pred, entity: EntityId, fields: &mut BTreeSet<FieldId>) {
    match rule {
        Pred::All(rules) | Pred::Any(rules) => rules.iter().for_each(|rule| behind(rule, entity, fields)),
        Pred::Not(rule) => behind(rule, entity, fields),
        Pred::Atom(Atom::Exists { target, pred, .. }) => {
            if *target == entity {
                fields.extend(pred.fields());
            }
            behind(pred, entity, fields);
        }
        Pred::Atom(_) => {}
    }
}

/// What a transaction says that it does: `tasks.complete`.
pub(crate) fn doing(model: &Model, entity: EntityId, operation: Operation) -> String {
    let word = match operation {
        Operation::List => "list",
        Operation::Create => "create",
        Operation::Get => "get",
        Operation::Update => "update",
        Operation::Replace => "replace",
        Operation::Delete => "delete",
        Operation::Report(_) => "report",
        Operation::Action(action) => &model.design.entities[entity].actions[action].name,
    };
    format!("{}.{word}", model.tables.of(entity).name)
}

/// The row of a change that a policy is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

struct Asked<'a> {
    cx: &'a Context<'a>,
    table: &'a tables::Table,
}

impl Asked<'_> {
    fn access(&self) -> &EntityAccess {
        self.cx.model.access.of(self.table.entity)
    }

    /// Rows that may be read; and in a transaction that changes them, those that it may change: a statement that
    /// changes a row has to see it, before and after.
    fn seen(&self) -> String {
        let ways = [
            self.text(&self.access().read),
            self.made(),
            self.changed(Side::Before),
            self.changed(Side::After),
            self.removed(),
        ];
        ways.join(" OR ")
    }

    /// New rows: by `create`, by a replace of what is not there, or beside another change.
    fn made(&self) -> String {
        let rule = whole(&self.access().create);
        let rule = self.does(&[Operation::Create, Operation::Replace], &rule);
        let by_rule: Vec<String> = std::iter::once(rule).chain(self.callers()).collect();
        let by_rule = format!("({})", by_rule.join(" AND "));
        let routes = self.cx.model.http.routes.iter();
        let beside = routes.filter(|route| {
            let mut made = route.makes.iter();
            made.any(|creation| creation.entity == self.table.entity)
        });
        let ways: Vec<String> = std::iter::once(by_rule)
            .chain(beside.map(|route| self.is_doing(route)))
            .collect();
        ways.join(" OR ")
    }

    /// What the server alone writes into a new row is the caller.
    fn callers(&self) -> Vec<String> {
        let model = self.cx.model;
        let is_written = |field: FieldId| {
            let mut routes = model.http.routes.iter();
            routes.any(|route| route.entity == self.table.entity && route.writes.contains(&field))
        };
        let fields = model.design.entities[self.table.entity].fields.entries();
        let own =
            fields.filter(|(id, field)| field.default == Some(FieldDefault::Caller) && !is_written(*id));
        let caller = expression(model, &Slot::Caller);
        let own = own.map(|(id, _)| {
            let column = self.cx.dialect.name(&self.table.column(id).name);
            format!("{ROW}.{column} IS NOT DISTINCT FROM {caller}")
        });
        own.collect()
    }

    /// Rows that are changed: by the rule of updates, or by an action, whose rule is about the row as it was and
    /// which leaves behind what it says.
    fn changed(&self, side: Side) -> String {
        let access = self.access();
        let update = self.does(&[Operation::Update, Operation::Replace], &whole(&access.update));
        let actions = self.cx.model.design.entities[self.table.entity].actions.entries();
        let actions = actions.map(|(id, action)| {
            let rule = match side {
                Side::Before => access.action(id).clone(),
                Side::After => left_behind(action),
            };
            self.does(&[Operation::Action(id)], &rule)
        });
        let ways: Vec<String> = std::iter::once(update).chain(actions).collect();
        ways.join(" OR ")
    }

    fn removed(&self) -> String {
        self.does(&[Operation::Delete], &self.access().delete)
    }

    /// That the transaction does one of these to such rows, and that a rule lets it.
    fn does(&self, operations: &[Operation], rule: &Pred) -> String {
        let words = operations.iter().map(|operation| {
            let word = doing(self.cx.model, self.table.entity, *operation);
            self.cx.dialect.literal(&Value::Text(word))
        });
        let words: Vec<String> = words.collect();
        format!(
            "({CALLER} ->> 'does' IN ({}) AND {})",
            words.join(", "),
            self.text(rule)
        )
    }

    fn is_doing(&self, route: &Route) -> String {
        let word = doing(self.cx.model, route.entity, route.operation);
        let word = self.cx.dialect.literal(&Value::Text(word));
        format!("{CALLER} ->> 'does' = {word}")
    }

    fn text(&self, rule: &Pred) -> String {
        let expression = |slot: &Slot| expression(self.cx.model, slot);
        let cx = Context {
            style: Style::Rule(&expression),
            ..*self.cx
        };
        let mut writer = Writer::new(cx);
        writer.pred(&loosened(rule, true), Scope::row(self.table.entity, ROW));
        writer.finish().sql.as_ref().to_owned()
    }
}

/// What an action leaves behind in a row, as far as the design alone says it. Its rule is about the row before.
fn left_behind(action: &Action) -> Pred {
    let moved = action.moves.iter().map(|moves| {
        let to = Term::Value(Literal::Variant(moves.of, moves.to));
        (moves.field, Assign::Term(to))
    });
    let all = moved.chain(action.sets.iter().cloned());
    Pred::all(all.filter_map(|(field, assign)| {
        let own = Term::Field {
            row: Row::This,
            field,
        };
        match assign {
            Assign::Term(Term::Value(Literal::None)) => Some(Pred::Atom(Atom::IsNone(own))),
            Assign::Term(said @ (Term::Value(_) | Term::Caller)) => Some(Pred::Atom(Atom::Compare {
                op: Compare::Eq,
                left: own,
                right: said,
            })),
            Assign::Term(Term::Field { .. } | Term::Claim(_) | Term::Now { .. } | Term::Input(_))
            | Assign::Not(_) => None,
        }
    }))
}

/// What some request could meet: fields are not told apart here.
fn whole(rule: &VerbRule) -> Pred {
    let fields = rule.fields.iter().map(|(_, pred)| pred.clone());
    Pred::any(std::iter::once(rule.row.clone()).chain(fields))
}

/// What is left of a rule that one row, the caller and the time can be asked for: never less than the rule allows.
fn loosened(rule: &Pred, holds: bool) -> Pred {
    let all = |preds: &[Pred]| -> Vec<Pred> { preds.iter().map(|pred| loosened(pred, holds)).collect() };
    match rule {
        Pred::All(preds) => Pred::all(all(preds)),
        Pred::Any(preds) => Pred::any(all(preds)),
        Pred::Not(pred) => loosened(pred, !holds).negate(),
        Pred::Atom(atom) if !is_of_one_row(atom) && holds => Pred::ALWAYS,
        Pred::Atom(atom) if !is_of_one_row(atom) => Pred::NEVER,
        Pred::Atom(_) => rule.clone(),
    }
}

fn is_of_one_row(atom: &Atom) -> bool {
    let is_input = |term: &Term| matches!(term, Term::Input(_));
    let asks_input = match atom {
        Atom::Compare { left, right, .. } => is_input(left) || is_input(right),
        Atom::IsNone(term) => is_input(term),
        Atom::In { term, set } => is_input(term) || set.iter().any(is_input),
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::IsTrue { .. }
        | Atom::ClaimIsTrue(_) => false,
    };
    !asks_input && !Pred::Atom(atom.clone()).mentions_new()
}

/// What a request brings, read from the settings of its transaction.
fn expression(model: &Model, slot: &Slot) -> String {
    match slot {
        Slot::Caller => typed(&format!("{CALLER} ->> 'sub'"), caller_class(model)),
        Slot::Claim(index) => {
            let mut claims = model.design.auth.iter().flat_map(|auth| auth.claims.iter());
            claims.nth(*index).map_or_else(
                || String::from("NULL"),
                |claim| {
                    let name = Spelling::Postgres.literal(&Value::Text(claim.name.clone()));
                    let class = match claim.ty {
                        ClaimType::Bool => StorageClass::Bool,
                        ClaimType::Text => StorageClass::Text,
                        ClaimType::Int => StorageClass::Int,
                    };
                    typed(&format!("{CALLER} -> 'claims' ->> {name}"), class)
                },
            )
        }
        Slot::Now(offset) => {
            let now = typed(&format!("{CALLER} ->> 'now'"), StorageClass::Timestamp);
            format!("({now} + interval '{offset} seconds')")
        }
        _ => unreachable!("a rule that is loosened asks for the caller and the time alone"),
    }
}

fn typed(text: &str, class: StorageClass) -> String {
    match class {
        StorageClass::Text => format!("({text})"),
        class => format!("({text})::{}", Spelling::Postgres.column_type(class)),
    }
}

fn caller_class(model: &Model) -> StorageClass {
    let caller = model.design.caller_entity().map(|entity| model.tables.of(entity));
    caller.map_or(StorageClass::Text, |table| table.column(table.key).class)
}
