//! The text of one statement being written, and the parameters that it needs.

use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId};

use crate::Presence;
use crate::dialect::Spelling;
use crate::schema::rows_name;

/// Where the value of a parameter comes from.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Slot {
    /// The item's key in the path.
    Key,
    /// What the path says of a row that the item lies below, by its place among those.
    Parent(usize),
    /// The caller's key.
    Caller,
    /// A claim of the caller.
    Claim(usize),
    /// The time of the request, so many seconds later.
    Now(i64),
    /// A member of the body.
    Body(usize),
    /// The states from which a field may move to what the body says; by the body's member.
    StatesBefore(usize),
    /// A key that is made for the request.
    FreshKey,
    /// A secret of so many characters, for this field.
    Secret(FieldId, u32),
    /// The only value of a filter.
    Filter(usize),
    /// The values of a filter.
    Filters(usize),
    /// The text of a filter without its case.
    Folded(usize),
    /// The only value of a filter on a list, as its items are stored.
    Item(usize),
    /// The values of a filter on a list, as its items are stored.
    Items(usize),
    /// A word of the search.
    Word(usize),
    /// A sort value of the last row of the page before.
    After(usize),
    /// Rows of a page, and one more to see whether there is a next.
    Limit,
    /// What a branch must give: the rows to pass over and those of the page.
    Window,
    /// Rows to pass over.
    Offset,
    /// The keys of the rows of an entity to embed.
    Keys(EntityId),
    /// The key of the row that the statement before made or changed.
    Changed,
}

/// A statement whose text is made: kept, and filled with values for each request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Template {
    pub(crate) sql: std::sync::Arc<str>,
    pub(crate) slots: Vec<Slot>,
}

/// How parameters are spelled and lines broken.
#[derive(Clone, Copy)]
pub(crate) enum Style<'s> {
    /// For a database.
    Machine,
    /// For people: named parameters, a line for each clause.
    Person(&'s dyn Fn(&Slot) -> String),
    /// For a rule that the database keeps: what a request brings is read from the settings of its transaction.
    Rule(&'s dyn Fn(&Slot) -> String),
}

/// What writing needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) model: &'c Model,
    pub(crate) dialect: Spelling,
    pub(crate) presence: &'c Presence,
    pub(crate) style: Style<'c>,
}

impl Context<'_> {
    /// The name of a table.
    pub(crate) fn table(&self, entity: EntityId) -> String {
        self.dialect.name(&self.model.tables.of(entity).name)
    }

    /// Whether the statement runs behind the policies of row-level security.
    pub(crate) fn has_fence(&self) -> bool {
        let is_asked = self.model.design.service.row_security.is_some();
        is_asked && self.dialect == Spelling::Postgres && matches!(self.style, Style::Machine)
    }

    /// Whether people read what is written.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.style, Style::Person(_))
    }
}

/// A statement being written.
pub(crate) struct Writer<'c> {
    pub(crate) cx: Context<'c>,
    sql: String,
    slots: Vec<Slot>,
    aliases: usize,
    /// How deep the subquery is that is being written, for people.
    depth: usize,
}

impl<'c> Writer<'c> {
    pub(crate) fn new(cx: Context<'c>) -> Self {
        Self {
            cx,
            sql: String::with_capacity(512),
            slots: Vec::new(),
            aliases: 0,
            depth: 0,
        }
    }

    pub(crate) fn finish(self) -> Template {
        Template {
            sql: self.sql.into(),
            slots: self.slots,
        }
    }

    /// Writes text as it is.
    pub(crate) fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// Starts a clause: on a line of its own for people.
    pub(crate) fn clause(&mut self, keyword: &str) {
        self.line();
        self.sql.push_str(keyword);
        self.sql.push(' ');
    }

    /// Starts a line for people, a word for databases.
    pub(crate) fn line(&mut self) {
        if self.cx.is_for_people() {
            self.sql.push('\n');
            self.sql.extend(std::iter::repeat_n("  ", self.depth));
        } else {
            self.sql.push(' ');
        }
    }

    /// Writes a subquery in parentheses: indented for people.
    pub(crate) fn subquery(&mut self, write: impl FnOnce(&mut Self)) {
        self.push("(");
        self.depth += 1;
        if self.cx.is_for_people() {
            self.line();
        }
        write(self);
        self.depth -= 1;
        if self.cx.is_for_people() {
            self.line();
        }
        self.push(")");
    }

    /// Writes conditions, all of which must hold.
    pub(crate) fn all(&mut self, conditions: &[String]) {
        if conditions.is_empty() {
            self.push("TRUE");
        }
        for (index, condition) in conditions.iter().enumerate() {
            if index > 0 {
                self.and();
            }
            self.push(condition);
        }
    }

    /// Writes conditions, all of which must hold, as one value.
    pub(crate) fn all_as_one(&mut self, conditions: &[String]) {
        let is_joined = conditions.len() > 1;
        self.push(if is_joined { "(" } else { "" });
        self.all(conditions);
        self.push(if is_joined { ")" } else { "" });
    }

    /// Writes `and` between conditions: on a line of its own for people.
    pub(crate) fn and(&mut self) {
        self.line();
        self.sql
            .push_str(if self.cx.is_for_people() { "  AND " } else { "AND " });
    }

    /// The parameter for a slot; the same slot is the same parameter.
    pub(crate) fn parameter(&mut self, slot: Slot) -> String {
        match self.cx.style {
            Style::Machine => {}
            Style::Person(name) => return format!(":{}", name(&slot)),
            Style::Rule(expression) => return expression(&slot),
        }
        let at = self
            .slots
            .iter()
            .position(|known| *known == slot)
            .unwrap_or_else(|| {
                self.slots.push(slot);
                self.slots.len() - 1
            });
        self.cx.dialect.parameter(at + 1)
    }

    /// Writes the parameter for a slot.
    pub(crate) fn push_parameter(&mut self, slot: Slot) {
        let parameter = self.parameter(slot);
        self.push(&parameter);
    }

    /// What a part of a statement would be: written to the side, its parameters kept. Names of joined tables
    /// start anew, so that the same condition is the same text.
    pub(crate) fn fragment(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let mark = self.sql.len();
        let aliases = std::mem::take(&mut self.aliases);
        write(self);
        self.aliases = aliases.max(self.aliases);
        self.sql.split_off(mark)
    }

    /// What a part of a subquery would be: like a fragment, and names of joined tables go on, as those around it mean
    /// other rows.
    pub(crate) fn inner(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let mark = self.sql.len();
        write(self);
        self.sql.split_off(mark)
    }

    /// A name for a joined table that no other has, nor any table of the design.
    pub(crate) fn alias(&mut self) -> String {
        loop {
            self.aliases += 1;
            let alias = format!("r{}", self.aliases);
            if !self.cx.model.tables.has_name(&alias) {
                return alias;
            }
        }
    }

    /// The name of a table in which a rule looks something up, whoever may read what stands there.
    pub(crate) fn lookup(&self, entity: EntityId) -> String {
        let table = self.cx.model.tables.of(entity);
        if self.cx.has_fence() && table.managed {
            return self.cx.dialect.name(&rows_name(table));
        }
        self.table(entity)
    }

    /// The name of a table, quoted.
    pub(crate) fn table(&self, entity: EntityId) -> String {
        self.cx.table(entity)
    }

    /// The value of a column of a row: as it stands in our tables, and as the design reads it in those of others and in
    /// those that were taken over.
    pub(crate) fn column(&self, entity: EntityId, alias: &str, field: FieldId) -> String {
        let stored = self.stored(entity, alias, field);
        if self.cx.is_for_people() {
            return stored;
        }
        let read = self.cx.foreign(entity, field, &stored);
        read.or_else(|| self.cx.read_kept(entity, field, &stored))
            .unwrap_or(stored)
    }

    /// A column of a row, quoted, as it stands; without an alias, also what a statement inside gives by that name.
    pub(crate) fn stored(&self, entity: EntityId, alias: &str, field: FieldId) -> String {
        let name = &self.cx.model.tables.of(entity).column(field).name;
        let name = self.cx.dialect.name(name);
        if alias.is_empty() {
            name
        } else {
            format!("{alias}.{name}")
        }
    }
}
