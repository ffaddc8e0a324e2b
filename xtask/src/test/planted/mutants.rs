//! Rules that a server reads wrong: what it would be to drop a part of one, to skip it in one place, to turn it round.
//!
//! `planted` says which check has to find a bug; of these any finding will do, since every one lets somebody do what
//! the design forbids, or keeps somebody from what it allows.

use super::bugs::Bug;

const PRED: &str = "crates/groma-sql/src/pred.rs";
const WAY: &str = "crates/groma-sql/src/pred/way.rs";
const LIST: &str = "crates/groma-sql/src/statements/list.rs";
const ITEM: &str = "crates/groma-sql/src/statements/item.rs";
const CHANGE: &str = "crates/groma-sql/src/statements/change.rs";
const CHANGES: &str = "crates/groma-sql/src/changes.rs";
const LOWER: &str = "crates/groma-ir/src/access/lower.rs";
const ACCESS: &str = "crates/groma-ir/src/access.rs";

const fn mutant(what: &'static str, file: &'static str, right: &'static str, wrong: &'static str) -> Bug {
    Bug {
        what,
        file,
        right,
        wrong,
        must_fire: &[""],
    }
}

pub(super) const MUTANTS: [Bug; 31] = [
    mutant(
        "the last way to be let in is dropped",
        PRED,
        "Pred::Any(preds) => self.joined(preds, \" OR \", \"FALSE\", scope),",
        "Pred::Any(preds) => self.joined(preds.split_last().map_or(&[], |(_, rest)| rest), \" OR \", \"FALSE\", scope),",
    ),
    mutant(
        "the last condition is dropped",
        PRED,
        "Pred::All(preds) => self.joined(preds, \" AND \", \"TRUE\", scope),",
        "Pred::All(preds) => self.joined(preds.split_last().map_or(&[], |(_, rest)| rest), \" AND \", \"TRUE\", scope),",
    ),
    mutant(
        "`or` in the place of `and`",
        PRED,
        "Pred::All(preds) => self.joined(preds, \" AND \", \"TRUE\", scope),",
        "Pred::All(preds) => self.joined(preds, \" OR \", \"TRUE\", scope),",
    ),
    mutant(
        "`deny` is ignored",
        LOWER,
        "Effect::Deny => parts.push(pred.negate()),",
        "Effect::Deny => {}",
    ),
    mutant(
        "`except` is ignored",
        LOWER,
        "Pred::all([who, except.negate(), when])",
        "Pred::all([who, Pred::any([except, Pred::ALWAYS]), when])",
    ),
    mutant(
        "`when` is ignored",
        LOWER,
        "Pred::all([who, except.negate(), when])",
        "Pred::all([who, except.negate(), Pred::any([when, Pred::ALWAYS])])",
    ),
    mutant(
        "`can` asks only whether the row is there",
        WAY,
        "            writer.pred(pred, inner);\n        });",
        "            writer.pred(&Pred::any([pred.clone(), Pred::ALWAYS]), inner);\n        });",
    ),
    mutant(
        "whoever owns it, as long as somebody does",
        WAY,
        "                self.push(compared);\n                self.push_parameter(Slot::Caller);",
        "                self.push(compared);\n                self.field(path.row, *only, scope);",
    ),
    mutant(
        "the user at the end of a longer path is anybody",
        WAY,
        "                    writer.push(&column);\n                    writer.push(\" = \");\n                    writer.push_parameter(Slot::Caller);",
        "                    writer.push(&column);\n                    writer.push(\" = \");\n                    writer.push(&column);",
    ),
    mutant(
        "the order of roles is turned round",
        "crates/groma-ir/src/design/auth.rs",
        "                set = set.union(role.includes);\n",
        "                for (id, other) in self.roles.entries() {\n                    if other.includes.union(role.includes) == other.includes {\n                        set = set.with(id);\n                    }\n                }\n",
    ),
    mutant(
        "rules on single fields are ignored",
        ACCESS,
        ".find(|(id, _)| *id == field)\n            .map_or(&self.row, |(_, pred)| pred)",
        ".find(|(id, _)| *id == field && id.index() > 999)\n            .map_or(&self.row, |(_, pred)| pred)",
    ),
    mutant(
        "only the first field that is written is asked for",
        ACCESS,
        "        for field in written {",
        "        for field in written.iter().take(1) {",
    ),
    mutant(
        "references are not asked whether they may be read",
        ITEM,
        "if is_ruled(&cx, *target) && !readable.is_always() {",
        "if is_ruled(&cx, *target) && readable.is_never() {",
    ),
    mutant(
        "embedded rows are not asked whether they may be read",
        ITEM,
        "    writer.push(&cx.dialect.is_one_of(&key, &keys));\n    and_pred(\n        &mut writer,\n        &readable(&cx, entity, facts),",
        "    writer.push(&cx.dialect.is_one_of(&key, &keys));\n    let _ = facts;\n    and_pred(\n        &mut writer,\n        &groma_ir::access::Pred::ALWAYS,",
    ),
    mutant(
        "`total` counts every row",
        LIST,
        "    if !readable.is_always() {\n        conditions.next().pred(&readable, scope);",
        "    if readable.is_never() {\n        conditions.next().pred(&readable, scope);",
    ),
    mutant(
        "the pages behind the first have no rule",
        LIST,
        "    let parts = split(&readable);\n",
        "    let readable = if shape.query.after.is_some() { Pred::ALWAYS } else { readable };\n    let parts = split(&readable);\n",
    ),
    mutant(
        "a report counts every row",
        "crates/groma-sql/src/statements/report.rs",
        "    if !readable.is_always() {",
        "    if readable.is_never() {",
    ),
    mutant(
        "rules look at the row before a change alone",
        CHANGES,
        "    change.after_rules = rules;",
        "    change.after_rules = rules.into_iter().filter(Pred::is_never).collect();",
    ),
    mutant(
        "rules look at the row after a change alone",
        CHANGES,
        "    change.before_rules.clone_from(&rules);",
        "    change.before_rules = rules.iter().filter(|rule| rule.is_never()).cloned().collect();",
    ),
    mutant(
        "`new.` is the row before the change",
        PRED,
        "            Row::This | Row::New => self.after?.get(field),",
        "            Row::New if !self.this_is_after => None,\n            Row::This | Row::New => self.after?.get(field),",
    ),
    mutant(
        "actions have no rule",
        CHANGES,
        "change.before_rules = vec![access.action(id).for_caller(facts)];",
        "change.before_rules = vec![Pred::any([access.action(id).for_caller(facts), Pred::ALWAYS])];",
    ),
    mutant(
        "deletes have no rule",
        CHANGES,
        "change.before_rules = vec![access.delete.for_caller(facts)]",
        "change.before_rules = vec![Pred::any([access.delete.for_caller(facts), Pred::ALWAYS])]",
    ),
    mutant(
        "creates have no rule",
        CHANGES,
        "change.after_rules = left;",
        "change.after_rules = left.into_iter().filter(Pred::is_never).collect();",
    ),
    mutant(
        "a row that may not be seen is written all the same",
        CHANGE,
        "        vec![change.is_there(cx, facts)]",
        "        vec![Pred::any([change.is_there(cx, facts), Pred::ALWAYS])]",
    ),
    mutant(
        "a row that may not be seen is a 403",
        "crates/groma-sql/src/job/write.rs",
        "            return Some(Failure::of(Problem::NotFound));",
        "            return Some(Failure::of(Problem::Forbidden));",
    ),
    mutant(
        "whoever finds a row may do what they like to it",
        CHANGES,
        "change.before_rules = vec![access.action(id).for_caller(facts)];",
        "change.before_rules = vec![access.action(id).for_caller(facts)];\n            if plan.finds() {\n                change.before_rules.clear();\n            }",
    ),
    mutant(
        "a row that is found by what the body says is there for its readers alone",
        CHANGE,
        "        if self.is_found {",
        "        if self.is_found && self.parents.len() > 9 {",
    ),
    mutant(
        "the last owner leaves",
        CHANGES,
        "            change.states.extend(kept(cx, plan.entity, None));",
        "            change.states.extend(kept(cx, plan.entity, None).filter(|_| false));",
    ),
    mutant(
        "a new row by PUT has no rule",
        CHANGES,
        "    may_make(cx, &mut change, written, facts);\n    change\n",
        "    may_make(cx, &mut change, written, facts);\n    change.after_rules.clear();\n    change\n",
    ),
    mutant(
        "any level of a tie is enough",
        WAY,
        "        if least.index() == 0 {",
        "        if least.index() < 9 {",
    ),
    mutant(
        "`<=` is `<`",
        PRED,
        "Compare::Le => \" <= \"",
        "Compare::Le => \" < \"",
    ),
];
