//! Statements that write, and the look that tells why one wrote nothing.

use groma_ir::access::{CallerFacts, Pred, VerbRule};
use groma_ir::design::{
    Action, Assign, Creation, Default as FieldDefault, Entity, EntityId, Field, FieldId, Generated, Link,
    Move, Parent, Term, Type, Value as Literal, VariantId,
};
use groma_ir::scalar::Scalar;
use groma_plan::{Value, literal_of};

use super::and_pred;
use super::below::{self, Below};
use super::item::{is_it, table_name};
use crate::columns::Columns;
use crate::pred::{After, Scope, Source};
use crate::write::{Context, Slot, Template, Writer};

/// A change of one row, before it is a statement.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Change {
    pub(crate) entity: EntityId,
    /// Whether it makes the row.
    pub(crate) is_new: bool,
    /// The field by which the row is looked up.
    pub(crate) key: FieldId,
    /// Whether the row is found by what the body says of it: then whoever may do this need not be able to read it.
    pub(crate) is_found: bool,
    /// The rows that it lies below, in the order of the path.
    pub(crate) parents: Vec<Parent>,
    /// What the row holds afterwards.
    pub(crate) after: After,
    /// What must hold on the row as it is, beside that it may be read.
    pub(crate) before_rules: Vec<Pred>,
    /// What must hold on the row as it will be.
    pub(crate) after_rules: Vec<Pred>,
    /// What its state must be.
    pub(crate) states: Vec<StateGuard>,
    /// What an action refuses by name: none of these may hold.
    pub(crate) errors: Vec<Pred>,
}

impl Change {
    /// Where the row lies, for such a caller.
    pub(crate) fn below<'c>(&'c self, facts: &'c CallerFacts) -> Below<'c> {
        Below {
            facts,
            parents: &self.parents,
        }
    }

    /// What must hold for the row to be there at all, for such a caller.
    fn is_there(&self, cx: &Context<'_>, facts: &CallerFacts) -> Pred {
        let readable = self.below(facts).readable(cx, self.entity);
        if self.is_found {
            Pred::any([readable, Pred::all(self.before_rules.iter().cloned())])
        } else {
            readable
        }
    }
}

/// What the state of a row must be.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum StateGuard {
    /// The field holds one of these, or nothing yet; by the body's member.
    Reaches(FieldId, usize),
    /// The field holds one of these.
    From(Move),
    /// Another row of the same parent keeps the level of which one must be left, or this one does not have it, or
    /// keeps it by the body's member.
    Kept {
        /// What ties people to the parent.
        link: Link,
        /// The level.
        level: VariantId,
        /// The member that holds the level, where it is written.
        member: Option<usize>,
    },
}

/// The order of what a look gives, before the item's columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Look {
    /// How many named errors there are.
    pub(crate) errors: usize,
}

impl Look {
    /// The rules on the row before and after.
    pub(crate) const RULES: usize = 0;
    /// The state.
    pub(crate) const STATE: usize = 1;
    /// The first named error.
    pub(crate) const ERRORS: usize = 2;

    /// Where the item's columns start.
    pub(crate) fn item(self) -> usize {
        Self::ERRORS + self.errors
    }
}

/// What is left of a rule for such a caller who writes these fields.
pub(crate) fn required(rule: &VerbRule, written: &[FieldId], facts: &CallerFacts) -> Vec<Pred> {
    rule.required(written)
        .into_iter()
        .map(|pred| pred.for_caller(facts))
        .collect()
}

/// What a new row holds: every field. The path says what it lies below, and may name it.
pub(crate) fn new_row(
    cx: &Context<'_>,
    entity: EntityId,
    accepted: &[FieldId],
    (parents, named): (&[Parent], Option<FieldId>),
) -> After {
    let parent = below::source(cx, parents);
    let tenant = below::tenant(cx, entity, parents);
    let said: Vec<(FieldId, Source)> = parent.into_iter().chain(tenant).collect();
    let fields = cx.model.design.entities[entity].fields.entries();
    let sources = fields.map(|(id, field)| {
        let member = accepted.iter().position(|accepted| *accepted == id);
        let source = match (member, said.iter().find(|(of, _)| *of == id)) {
            (_, Some((_, source))) => source.clone(),
            _ if named == Some(id) => Source::Slot(Slot::Key),
            (Some(member), None) => Source::Slot(Slot::Body(member)),
            (None, None) => made(cx, id, field),
        };
        (id, source)
    });
    After {
        sources: sources.collect(),
    }
}

/// What the server puts into a field that no body writes.
fn made(cx: &Context<'_>, id: FieldId, field: &Field) -> Source {
    if field.generated == Some(Generated::Uuid7) {
        return Source::Slot(Slot::FreshKey);
    }
    match &field.default {
        Some(FieldDefault::Value(literal)) => {
            Source::Literal(literal_of(&cx.model.design, &field.ty, literal))
        }
        Some(FieldDefault::Caller) => Source::Slot(Slot::Caller),
        Some(FieldDefault::Now { offset }) => Source::Slot(Slot::Now(*offset)),
        None if field.touch => Source::Slot(Slot::Now(0)),
        None => match field.ty {
            Type::Scalar(Scalar::Secret(length)) => Source::Slot(Slot::Secret(id, length)),
            Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => {
                Source::Literal(Value::Null)
            }
        },
    }
}

/// What a row holds after a change of these fields, by the body's members.
pub(crate) fn changed_row(entity: &Entity, written: &[(FieldId, usize)]) -> After {
    let mut sources: Vec<(FieldId, Source)> = written
        .iter()
        .map(|(field, member)| (*field, Source::Slot(Slot::Body(*member))))
        .collect();
    if !written.is_empty() {
        touch(entity, &mut sources);
    }
    After { sources }
}

/// What a row holds after an action.
pub(crate) fn acted_row(entity: &Entity, action: &Action) -> After {
    let mut sources: Vec<(FieldId, Source)> = Vec::new();
    if let Some(moves) = &action.moves {
        let to = Term::Value(Literal::Variant(moves.of, moves.to));
        sources.push((moves.field, Source::Assign(Assign::Term(to))));
    }
    for (field, assign) in &action.sets {
        sources.retain(|(known, _)| known != field);
        sources.push((*field, Source::Assign(assign.clone())));
    }
    touch(entity, &mut sources);
    After { sources }
}

/// Fields that every write sets to the time.
fn touch(entity: &Entity, sources: &mut Vec<(FieldId, Source)>) {
    for (id, field) in entity.fields.entries().filter(|(_, field)| field.touch) {
        if !sources.iter().any(|(known, _)| *known == id) {
            debug_assert!(field.touch);
            sources.push((id, Source::Slot(Slot::Now(0))));
        }
    }
}

/// Makes a row, if what it is to lie below is there and it meets the rules.
pub(crate) fn insert(cx: Context<'_>, change: &Change, columns: &Columns, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let entity = &cx.model.design.entities[change.entity];
    let given: Vec<&(FieldId, Source)> = change
        .after
        .sources
        .iter()
        .filter(|(field, _)| entity.fields[*field].generated != Some(Generated::Identity))
        .collect();
    let names: Vec<String> = given
        .iter()
        .map(|(field, _)| writer.stored(change.entity, "", *field))
        .collect();
    writer.push(&format!(
        "INSERT INTO {} ({})",
        writer.table(change.entity),
        names.join(", ")
    ));
    let scope = Scope::after(change.entity, "", &change.after);
    let mut all = change.below(facts).is_there(&mut writer);
    add(&mut writer, &change.after_rules, scope, &mut all);
    writer.clause(if all.is_empty() { "VALUES" } else { "SELECT" });
    writer.push(if all.is_empty() { "(" } else { "" });
    for (index, (field, source)) in given.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        writer.put(change.entity, *field, |writer| {
            writer.source(*field, source, scope);
        });
    }
    if all.is_empty() {
        writer.push(")");
    } else {
        writer.clause("WHERE");
        writer.all(&all);
    }
    returning(&mut writer, change.entity, columns);
    writer.finish()
}

/// Changes a row, if it may be read, meets the rules before and after, and is in a state that allows it.
pub(crate) fn update(cx: Context<'_>, change: &Change, columns: &Columns, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let table = table_name(&cx, change.entity);
    writer.push(&format!("UPDATE {table}"));
    writer.clause("SET");
    let before = Scope::before(change.entity, &table, &change.after);
    for (index, (field, source)) in change.after.sources.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let column = writer.stored(change.entity, "", *field);
        writer.push(&column);
        writer.push(" = ");
        writer.put(change.entity, *field, |writer| {
            writer.source(*field, source, before);
        });
    }
    if change.after.sources.is_empty() {
        // Nothing changes, and the row is answered as if it had.
        let column = writer.column(change.entity, "", change.key);
        writer.push(&format!("{column} = {column}"));
    }
    writer.clause("WHERE");
    let all = conditions(&cx, &mut writer, change, facts);
    writer.all(&all);
    returning(&mut writer, change.entity, columns);
    writer.finish()
}

/// Removes a row, if it may be read and meets the rule.
pub(crate) fn delete(cx: Context<'_>, change: &Change, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let table = table_name(&cx, change.entity);
    writer.push("DELETE");
    writer.clause("FROM");
    writer.push(&table);
    writer.clause("WHERE");
    let all = conditions(&cx, &mut writer, change, facts);
    writer.all(&all);
    writer.clause("RETURNING");
    let key = writer.column(change.entity, "", change.key);
    writer.push(&key);
    writer.finish()
}

/// The row as it is, with what stands in the way of a change. A row that may not be read is not there.
pub(crate) fn look(cx: Context<'_>, change: &Change, columns: &Columns, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let table = table_name(&cx, change.entity);
    let mut met = Vec::new();
    let scope = Scope::before(change.entity, &table, &change.after);
    add(&mut writer, &change.before_rules, scope, &mut met);
    let scope = Scope::after(change.entity, &table, &change.after);
    add(&mut writer, &change.after_rules, scope, &mut met);
    let in_state = states(&mut writer, change, &table);
    let mut looked: Vec<String> = [met, in_state]
        .iter()
        // People are not shown what is always so.
        .filter(|all| !cx.is_for_people() || !all.is_empty())
        .map(|all| writer.fragment(|writer| writer.all_as_one(all)))
        .collect();
    for error in &change.errors {
        looked.push(raised(&mut writer, change, &table, error));
    }
    if columns.len() > 0 {
        looked.push(writer.fragment(|writer| columns.push(writer, change.entity, "")));
    }
    if looked.is_empty() {
        looked.push(String::from("1"));
    }
    writer.push(&format!("SELECT {}", looked.join(", ")));
    let below = change.below(facts);
    super::item::from_key(&mut writer, (change.entity, change.key), below);
    and_pred(
        &mut writer,
        &change.is_there(&cx, facts),
        Scope::before(change.entity, &table, &change.after),
    );
    writer.finish()
}

/// What the row must meet to be there for the caller at all, and what must hold for the change.
fn conditions(
    cx: &Context<'_>,
    writer: &mut Writer<'_>,
    change: &Change,
    facts: &CallerFacts,
) -> Vec<String> {
    let table = table_name(cx, change.entity);
    let below = change.below(facts);
    let mut all = is_it(writer, (change.entity, change.key), below);
    // Where the rules must hold anyway, they need not be an alternative to reading too.
    let mut before = if change.is_found {
        Vec::new()
    } else {
        vec![change.is_there(cx, facts)]
    };
    before.extend(change.before_rules.iter().cloned());
    let scope = Scope::before(change.entity, &table, &change.after);
    add(writer, &before, scope, &mut all);
    let scope = Scope::after(change.entity, &table, &change.after);
    add(writer, &change.after_rules, scope, &mut all);
    all.extend(states(writer, change, &table));
    for error in &change.errors {
        let scope = Scope::before(change.entity, &table, &change.after);
        if writer.is_never_unknown(error, scope) {
            add(writer, &[error.clone().negate()], scope, &mut all);
        } else {
            let holds = raised(writer, change, &table, error);
            all.push(format!("NOT {holds}"));
        }
    }
    all
}

/// Whether an error of an action is raised: true or false.
fn raised(writer: &mut Writer<'_>, change: &Change, table: &str, error: &Pred) -> String {
    let scope = Scope::before(change.entity, table, &change.after);
    writer.fragment(|writer| {
        if writer.is_never_unknown(error, scope) {
            writer.pred(error, scope);
        } else {
            writer.known(error, scope);
        }
    })
}

/// Adds the parts of predicates, all of which must hold, that are not there yet and do not follow from the others:
/// a rule often repeats what reading asks for, and says the same before and after where the change does not touch
/// what it looks at.
fn add(writer: &mut Writer<'_>, preds: &[Pred], scope: Scope<'_>, all: &mut Vec<String>) {
    let pred = writer.settled(&Pred::all(preds.iter().cloned()), scope);
    let parts = match &pred {
        Pred::All(parts) => parts.as_slice(),
        Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => std::slice::from_ref(&pred),
    };
    for part in parts {
        let text = writer.fragment(|writer| writer.pred(part, scope));
        if !all.contains(&text) {
            all.push(text);
        }
    }
}

fn states(writer: &mut Writer<'_>, change: &Change, table: &str) -> Vec<String> {
    let guards = change.states.iter().map(|guard| match guard {
        StateGuard::Reaches(field, member) => {
            let slot = Slot::StatesBefore(*member);
            let is_allowed = writer.is_one_of((change.entity, table, *field), slot);
            let nullable = writer.cx.model.tables.of(change.entity).column(*field).nullable;
            if nullable {
                let column = writer.stored(change.entity, table, *field);
                format!("({is_allowed} OR {column} IS NULL)")
            } else {
                is_allowed
            }
        }
        StateGuard::From(moves) => {
            let column = writer.sought(change.entity, table, moves.field).column;
            let names = moves.from.iter().map(|variant| {
                let name = writer.cx.model.design.variant_name(moves.of, *variant);
                writer.cx.dialect.literal(&Value::Text(name.to_owned()))
            });
            let names: Vec<String> = names.collect();
            format!("{column} IN ({})", names.join(", "))
        }
        StateGuard::Kept { link, level, member } => kept(writer, change, table, (link, *level, *member)),
    });
    guards.collect()
}

/// Another row of the same parent has the level, or this one does not, or it keeps it.
fn kept(
    writer: &mut Writer<'_>,
    change: &Change,
    table: &str,
    (link, level, member): (&Link, VariantId, Option<usize>),
) -> String {
    let name = writer.cx.model.design.variant_name(link.of, level).to_owned();
    let name = writer.cx.dialect.literal(&Value::Text(name));
    let alias = writer.alias();
    let column = |writer: &Writer<'_>, of: &str, field| writer.column(change.entity, of, field);
    let is_other = format!(
        "{} = {} AND {} = {name} AND {} <> {}",
        column(writer, &alias, link.parent),
        column(writer, table, link.parent),
        column(writer, &alias, link.level),
        column(writer, &alias, writer.cx.model.tables.of(change.entity).key),
        column(writer, table, writer.cx.model.tables.of(change.entity).key),
    );
    let level = column(writer, table, link.level);
    let own = writer.lookup(change.entity);
    let mut ways = vec![
        format!("{level} <> {name}"),
        format!("EXISTS (SELECT 1 FROM {own} AS {alias} WHERE {is_other})"),
    ];
    if let Some(member) = member {
        ways.push(format!("{} = {name}", writer.parameter(Slot::Body(member))));
    }
    format!("({})", ways.join(" OR "))
}

/// Makes a row beside the one that was made or changed.
pub(crate) fn beside(cx: Context<'_>, from: EntityId, creation: &Creation) -> Template {
    let mut writer = Writer::new(cx);
    let made = &cx.model.design.entities[creation.entity];
    let key = (made.key, Source::Slot(Slot::FreshKey));
    let said = creation.sets.iter();
    let said = said.map(|(field, assign)| (*field, Source::Assign(assign.clone())));
    let all: Vec<(FieldId, Source)> = std::iter::once(key).chain(said).collect();
    let names: Vec<String> = all
        .iter()
        .map(|(field, _)| writer.stored(creation.entity, "", *field))
        .collect();
    writer.push(&format!(
        "INSERT INTO {} ({})",
        writer.table(creation.entity),
        names.join(", ")
    ));
    writer.clause("SELECT");
    for (index, (field, source)) in all.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let ty = made.fields[*field].ty.clone();
        writer.put(creation.entity, *field, |writer| {
            writer.source_of(&ty, source, Scope::row(from, "t"));
        });
    }
    writer.clause("FROM");
    let table = writer.table(from);
    writer.push(&format!("{table} AS t"));
    writer.clause("WHERE");
    let key = writer.column(from, "t", cx.model.tables.of(from).key);
    writer.push(&format!("{key} = "));
    writer.push_parameter(Slot::Changed);
    writer.finish()
}

fn returning(writer: &mut Writer<'_>, entity: EntityId, columns: &Columns) {
    writer.clause("RETURNING");
    if columns.len() == 0 {
        // Nothing of it is answered, and still it is told whether there was one.
        let key = writer.column(entity, "", writer.cx.model.tables.of(entity).key);
        writer.push(&key);
    }
    columns.push(writer, entity, "");
}
