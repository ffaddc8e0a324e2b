//! Types that change by a second column beside the first, which takes its place once it holds every value: nobody waits
//! while rows are written.
//!
//! The second column is added, kept in step by a trigger, filled in batches, and gets the constraints and indexes that the
//! first one has. Then the two swap their names at once, and the first one is kept in step from then on, so that the way
//! back is open until the second migration drops it. Only Postgres is told this: SQLite makes such a table anew anyway.

use groma_sql::Dialect;
use groma_sql::schema::{Column, Schema, Table};

use super::{Rank, Work, fences};
use crate::conversion::{Conversion, conversion, is_plain, may_fail};
use crate::expression::mentions;
use crate::name;
use crate::op::{Op, Way};
use crate::plan::Size;

/// A table of so many rows at most is written anew while others wait: that takes a moment.
pub(crate) const SMALL: Size = Size {
    rows: 10_000,
    bytes: 16 << 20,
};

/// Why a column cannot change beside, or need not; nothing where it can.
pub(super) fn hindrance(
    work: &Work<'_>,
    (source, target): (&Schema, &Schema),
    (table, old, new): (&Table, &Column, &Column),
) -> Option<Way> {
    if let Some(size) = work.given.size(&table.name)
        && size.rows <= SMALL.rows
        && size.bytes <= SMALL.bytes
    {
        return Some(Way::Small { rows: size.rows });
    }
    let name = &old.name;
    let is_key = |it: &Table| {
        it.primary_key
            .as_ref()
            .is_some_and(|key| key.columns.contains(name))
    };
    if is_key(table) || target.table(&table.name).is_some_and(is_key) {
        return Some(Way::Held("rows are known by it"));
    }
    let points_at = |schema: &Schema, of: &str, column: &str| {
        let mut keys = schema.tables.iter().flat_map(|table| &table.foreign_keys);
        keys.any(|key| key.table == of && key.to.iter().any(|to| to == column))
    };
    if points_at(source, &table.name, name) || points_at(target, &table.name, name) {
        return Some(Way::Held("others point at it"));
    }
    let mut keys = table.foreign_keys.iter().filter(|key| key.columns.contains(name));
    let moves_too = keys.any(|key| {
        let there = |schema: &'_ Schema| -> Vec<Option<String>> {
            let table = schema.table(&key.table);
            let types = key.to.iter().map(|to| Some(table?.column(to)?.ty.clone()));
            types.collect()
        };
        there(source) != there(target)
    });
    if moves_too {
        return Some(Way::Held("what it points at changes with it"));
    }
    let counts = |column: &Column| {
        let default = column.default.as_deref();
        column.identity || default.is_some_and(|default| default.starts_with("nextval("))
    };
    if counts(old) || counts(new) {
        return Some(Way::Held("it counts up"));
    }
    (!is_plain(&old.ty) || !is_plain(&new.ty)).then_some(Way::Held("its type is none of Postgres itself"))
}

/// Does it for every column that can change so, in the source too: the rest is compared as it is after.
pub(super) fn swap(work: &mut Work<'_>, source: &mut Schema, target: &Schema) {
    if work.dialect != Dialect::Postgres {
        return;
    }
    for new in &target.tables {
        let Some(old) = source.table(&new.name).cloned() else {
            continue;
        };
        let pairs = old
            .columns
            .iter()
            .filter_map(|was| Some((was, new.column(&was.name)?)));
        let pairs = pairs.filter(|(was, is)| {
            let is_each = matches!(conversion(Dialect::Postgres, was, is), Conversion::Each(_));
            is_each && hindrance(work, (source, target), (&old, was, is)).is_none()
        });
        let moves: Vec<Move> = pairs.map(|(was, is)| Move::of(was, is)).collect();
        if moves.is_empty() {
            continue;
        }
        let swap = Swap {
            old: &old,
            new,
            moves: &moves,
        };
        let is_whole = fences::stands_already(&old, new, (source, target));
        let fence = if is_whole { new } else { &old };
        let (early, late) = fences::around(&old, fence, (source, target));
        let ops = swap.ops((early, late));
        for op in &ops {
            op.apply(source);
        }
        work.expand.extend(ops.into_iter().map(|op| (Rank::Swap, op)));
        for it in &moves {
            work.beside.insert((new.name.clone(), it.aside.name.clone()));
            work.contract(Rank::Relax, swap.mirror((&it.is, &it.aside), false));
        }
    }
}

/// A column that changes.
struct Move {
    /// As it was.
    was: Column,
    /// As it is to be.
    is: Column,
    /// The new one, until it takes the name.
    beside: Column,
    /// The old one, once it has given it away.
    aside: Column,
}

impl Move {
    fn of(was: &Column, is: &Column) -> Self {
        let bare = |column: &Column, name: String| Column {
            name,
            not_null: false,
            default: None,
            fill: None,
            ..column.clone()
        };
        Self {
            beside: bare(is, name::short(&[&was.name, "_new"])),
            aside: bare(was, name::short(&[&was.name, "_old"])),
            was: was.clone(),
            is: is.clone(),
        }
    }

    /// Whether it has always had a value and always will have one.
    fn is_set(&self) -> bool {
        self.was.not_null && self.is.not_null
    }
}

/// The columns of one table that change.
struct Swap<'s> {
    old: &'s Table,
    new: &'s Table,
    moves: &'s [Move],
}

impl Swap<'_> {
    fn ops(&self, (early, late): (Vec<Op>, Vec<Op>)) -> Vec<Op> {
        let mut ops = Vec::new();
        for it in self.moves {
            let (table, column) = (self.table(), it.beside.clone());
            ops.push(Op::AddColumn { table, column });
            ops.push(self.mirror((&it.was, &it.beside), true));
        }
        for it in self.moves {
            let (table, from, to) = (self.table(), it.was.clone(), it.beside.clone());
            ops.push(Op::Convert { table, from, to });
        }
        for it in self.moves.iter().filter(|it| it.is_set()) {
            let (table, column) = (self.table(), it.beside.name.clone());
            ops.push(Op::SetNotNull { table, column });
        }
        ops.extend(self.held());
        let swapped = early.into_iter().chain(self.names()).chain(late);
        ops.push(Op::AtOnce {
            table: self.table(),
            ops: swapped.collect(),
        });
        // What holds the old values to another table holds nobody any more; that table is locked for it too.
        let keys = self
            .old
            .foreign_keys
            .iter()
            .filter(|key| self.is_on(&key.columns));
        for key in keys {
            let mut key = key.clone();
            key.name = name::short(&[&key.name, "_old"]);
            key.columns = self.renamed(&key.columns, |it| &it.aside.name);
            let table = self.table();
            ops.push(Op::DropForeignKey { table, key });
        }
        ops
    }

    fn table(&self) -> String {
        self.new.name.clone()
    }

    fn mirror(&self, (from, to): (&Column, &Column), on: bool) -> Op {
        let table = self.table();
        let (from, to) = (from.clone(), to.clone());
        Op::Mirror { table, from, to, on }
    }

    fn is_on(&self, columns: &[String]) -> bool {
        columns
            .iter()
            .any(|name| self.moves.iter().any(|it| it.was.name == *name))
    }

    fn is_in(&self, expression: &str) -> bool {
        self.moves.iter().any(|it| mentions(expression, &it.was.name))
    }

    fn renamed(&self, columns: &[String], to: fn(&Move) -> &String) -> Vec<String> {
        let name = |column: &String| {
            let moved = self.moves.iter().find(|it| it.was.name == *column);
            moved.map_or_else(|| column.clone(), |it| to(it).clone())
        };
        columns.iter().map(name).collect()
    }

    /// The table as it is to be, with the new columns under the names that they have until the swap: of what is on them
    /// that alone which the table has already, and that under other names too.
    fn beside(&self) -> Table {
        let mut alone = Schema {
            dialect: Dialect::Postgres,
            tables: vec![self.new.clone()],
            role: None,
        };
        for it in self.moves {
            let (table, from, to) = (self.table(), it.is.name.clone(), it.beside.name.clone());
            Op::RenameColumn { table, from, to }.apply(&mut alone);
        }
        alone.tables.pop().unwrap_or_else(|| self.new.clone())
    }

    /// What the new columns are held by before they take their place.
    fn held(&self) -> Vec<Op> {
        let beside = self.beside();
        let (table, meanwhile) = (|| self.table(), |name: &String| name::short(&[name, "_new"]));
        let mut ops = Vec::new();
        for name in self.kept_checks() {
            let check = beside.checks.iter().find(|it| it.name == *name).cloned();
            ops.extend(check.map(|mut check| {
                check.name = meanwhile(name);
                Op::AddCheck {
                    table: table(),
                    check,
                }
            }));
        }
        for name in self.kept_indexes() {
            let index = beside.indexes.iter().find(|it| it.name == *name).cloned();
            ops.extend(index.map(|mut index| {
                index.name = meanwhile(name);
                Op::AddIndex {
                    table: table(),
                    index,
                }
            }));
        }
        for name in self.kept_uniques() {
            let unique = beside.uniques.iter().find(|it| it.name == *name).cloned();
            ops.extend(unique.map(|mut unique| {
                unique.name = meanwhile(name);
                Op::AddUnique {
                    table: table(),
                    unique,
                }
            }));
        }
        for name in self.kept_keys() {
            let key = beside.foreign_keys.iter().find(|it| it.name == *name).cloned();
            ops.extend(key.map(|mut key| {
                key.name = meanwhile(name);
                Op::AddForeignKey { table: table(), key }
            }));
        }
        ops
    }

    fn kept_checks(&self) -> Vec<&String> {
        let old = self.old.checks.iter().filter(|it| self.is_in(&it.expression));
        let kept = old.filter(|old| self.new.checks.iter().any(|new| new.name == old.name));
        kept.map(|it| &it.name).collect()
    }

    fn kept_indexes(&self) -> Vec<&String> {
        let kept = self.moved_indexes().filter(|it| self.new.indexes.contains(it));
        kept.map(|it| &it.name).collect()
    }

    fn moved_indexes(&self) -> impl Iterator<Item = &groma_sql::schema::Index> {
        self.old.indexes.iter().filter(|index| {
            let is_on = |name: &str| {
                self.moves.iter().any(|it| it.was.name == name) || name.starts_with('(') && self.is_in(name)
            };
            let predicate = index.predicate.as_ref();
            index.columns.iter().any(|it| is_on(&it.name)) || predicate.is_some_and(|it| self.is_in(it))
        })
    }

    fn kept_uniques(&self) -> Vec<&String> {
        let old = self.old.uniques.iter().filter(|it| self.is_on(&it.columns));
        let kept = old.filter(|it| self.new.uniques.contains(it));
        kept.map(|it| &it.name).collect()
    }

    fn kept_keys(&self) -> Vec<&String> {
        let old = self.old.foreign_keys.iter().filter(|it| self.is_on(&it.columns));
        let kept = old.filter(|it| self.new.foreign_keys.contains(it));
        kept.map(|it| &it.name).collect()
    }

    /// The swap: names, and which of the two is kept in step with the other.
    fn names(&self) -> Vec<Op> {
        let table = || self.table();
        let rename = |from: &String, to: &String| Op::RenameColumn {
            table: table(),
            from: from.clone(),
            to: to.clone(),
        };
        let mut ops = Vec::new();
        for it in self.moves {
            ops.push(self.mirror((&it.was, &it.beside), false));
            ops.push(rename(&it.was.name, &it.aside.name));
            ops.push(rename(&it.beside.name, &it.is.name));
        }
        ops.extend(self.let_go());
        ops.extend(self.constraints());
        for it in self.moves {
            if let Some(to) = it.is.default.clone() {
                ops.push(Op::SetDefault {
                    table: table(),
                    column: it.is.name.clone(),
                    from: None,
                    to: Some(to),
                });
            }
            ops.push(self.mirror((&it.is, &it.aside), true));
        }
        ops
    }

    /// The old columns may be empty from now on, where the new value is none of the old type.
    fn let_go(&self) -> Vec<Op> {
        let set = self.moves.iter().filter(|it| it.was.not_null);
        let freed = set.map(|it| {
            let (table, column) = (self.table(), it.aside.name.clone());
            if may_fail(&it.is, &it.was) {
                Op::LetGo { table, column }
            } else {
                Op::DropNotNull { table, column }
            }
        });
        freed.collect()
    }

    /// What held the old columns gives its names away, or goes: new values are none of its business.
    fn constraints(&self) -> Vec<Op> {
        let table = || self.table();
        let (new, old) = (
            |name: &String| name::short(&[name, "_new"]),
            |name: &String| name::short(&[name, "_old"]),
        );
        let rename = |from: String, to: String| Op::RenameConstraint {
            table: table(),
            from,
            to,
        };
        let mut ops = Vec::new();
        for check in self.old.checks.iter().filter(|it| self.is_in(&it.expression)) {
            let mut check = check.clone();
            for it in self.moves {
                check.expression = crate::expression::rename(&check.expression, &it.was.name, &it.aside.name);
            }
            ops.push(Op::DropCheck {
                table: table(),
                check,
            });
        }
        for unique in self.old.uniques.iter().filter(|it| self.is_on(&it.columns)) {
            let mut unique = unique.clone();
            unique.columns = self.renamed(&unique.columns, |it| &it.aside.name);
            ops.push(Op::DropUnique {
                table: table(),
                unique,
            });
        }
        for key in self.old.foreign_keys.iter().filter(|it| self.is_on(&it.columns)) {
            ops.push(rename(key.name.clone(), old(&key.name)));
        }
        for index in self.moved_indexes() {
            ops.push(Op::RenameIndex {
                table: table(),
                from: index.name.clone(),
                to: old(&index.name),
            });
        }
        let kept = self
            .kept_checks()
            .into_iter()
            .chain(self.kept_uniques())
            .chain(self.kept_keys());
        ops.extend(kept.map(|name| rename(new(name), name.clone())));
        ops.extend(self.kept_indexes().into_iter().map(|name| Op::RenameIndex {
            table: table(),
            from: new(name),
            to: name.clone(),
        }));
        ops
    }
}
