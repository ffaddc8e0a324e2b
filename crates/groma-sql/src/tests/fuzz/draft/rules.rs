//! Random rules about one entity.

use std::fmt::Write as _;

use super::super::rng::Rng;
use super::{DATES, Draft, Entity, Field, Kind};

/// Writes the rules of one entity.
pub(super) struct Rules<'d> {
    pub(super) draft: &'d Draft,
    pub(super) at: usize,
}

impl Rules<'_> {
    pub(super) fn random(&self, rng: &mut Rng) -> Vec<String> {
        let mut rules = vec![format!("allow read to {}", self.who_list(rng, false))];
        for verb in ["create", "update", "delete", "act"] {
            if rng.chance(85) {
                rules.push(format!("allow {verb} to {}", self.who_list(rng, false)));
            }
        }
        for _ in 0..=rng.below(4) {
            rules.push(self.rule(rng));
        }
        rules
    }

    fn rule(&self, rng: &mut Rng) -> String {
        let effect = if rng.chance(65) { "allow" } else { "deny" };
        let (verbs, is_change) = self.verbs(rng);
        let mut text = format!("{effect} {verbs} to {}", self.who_list(rng, is_change));
        if rng.chance(30) {
            write!(text, " except {}", self.who_list(rng, is_change)).unwrap();
        }
        if rng.chance(70) {
            write!(text, " when {}", self.cond(rng, 2, is_change)).unwrap();
        }
        text
    }

    /// Verbs, and whether all of them change a row.
    fn verbs(&self, rng: &mut Rng) -> (String, bool) {
        if rng.chance(35) {
            let names: Vec<&str> = self.written().map(|field| field.name.as_str()).collect();
            let fields = rng.some(&names, 1, 2).join(", ");
            let uses = [
                format!("create({fields})"),
                format!("update({fields})"),
                "update".into(),
            ];
            return (rng.some(&uses, 1, 2).join(", "), true);
        }
        if rng.chance(10) {
            return ("all".into(), false);
        }
        let is_change = rng.chance(40);
        let from: &[&str] = if is_change {
            &["create", "update", "act"]
        } else {
            &["create", "read", "update", "delete", "act"]
        };
        (rng.some(from, 1, 3).join(", "), is_change)
    }

    fn written(&self) -> impl Iterator<Item = &Field> {
        self.here().fields.iter().filter(|field| field.writable)
    }

    fn here(&self) -> &Entity {
        &self.draft.entities[self.at]
    }

    fn who_list(&self, rng: &mut Rng, new: bool) -> String {
        let count = 1 + rng.below(3);
        let mut list: Vec<String> = Vec::new();
        for _ in 0..count {
            let who = self.who(rng, new);
            if !list.contains(&who) {
                list.push(who);
            }
        }
        if list.len() > 1 {
            list.retain(|who| who != "everyone");
        }
        list.join(", ")
    }

    fn who(&self, rng: &mut Rng, new: bool) -> String {
        let row = if new && rng.chance(40) { "new." } else { "" };
        for _ in 0..4 {
            match rng.below(13) {
                0 => return "everyone".into(),
                1 => return "authenticated".into(),
                2 | 3 => return (*rng.pick(&["user", "editor", "admin"])).to_owned(),
                7..=9 => {
                    if let Some(level) = self.level(rng, row) {
                        return level;
                    }
                }
                4..=6 | 10 => {
                    if let Some(path) = self.path(rng) {
                        return format!("{row}{path}");
                    }
                }
                _ => {
                    if let Some((path, to)) = self.way(rng)
                        && to != self.at
                    {
                        // Only towards entities that were declared before: no circles.
                        let verb = *rng.pick(&["read", "update", "delete", "act"]);
                        return format!("can {verb} {row}{path}");
                    }
                }
            }
        }
        "admin".into()
    }

    /// A level of the row itself, or of one that it leads to.
    fn level(&self, rng: &mut Rng, row: &str) -> Option<String> {
        let (way, at) = if rng.chance(50) {
            (String::new(), self.at)
        } else {
            let (way, at) = self.way(rng)?;
            (format!("{way}."), at)
        };
        let levels = self.draft.entities[at].levels();
        (!levels.is_empty()).then(|| format!("{row}{way}{}", rng.pick(&levels)))
    }

    /// A path to a user.
    fn path(&self, rng: &mut Rng) -> Option<String> {
        let (way, at) = if rng.chance(50) {
            self.way(rng)?
        } else {
            (String::new(), self.at)
        };
        let users: Vec<&Field> = fields(&self.draft.entities[at], |kind| kind == Kind::User);
        let user = (!users.is_empty()).then(|| rng.pick(&users).name.clone())?;
        Some(if way.is_empty() {
            user
        } else {
            format!("{way}.{user}")
        })
    }

    /// One or two steps to another row.
    fn way(&self, rng: &mut Rng) -> Option<(String, usize)> {
        let mut way = Vec::new();
        let mut at = self.at;
        for _ in 0..=rng.below(2) {
            let references = fields(&self.draft.entities[at], |kind| matches!(kind, Kind::Row(_)));
            if references.is_empty() {
                break;
            }
            let field = rng.pick(&references);
            way.push(field.name.clone());
            let Kind::Row(to) = field.kind else { unreachable!() };
            at = to;
        }
        (!way.is_empty()).then(|| (way.join("."), at))
    }

    fn cond(&self, rng: &mut Rng, depth: usize, new: bool) -> String {
        if depth == 0 || rng.chance(45) {
            return self.fact(rng, new);
        }
        if rng.chance(20) {
            return format!("not ({})", self.cond(rng, depth - 1, new));
        }
        let joint = if rng.chance(50) { "and" } else { "or" };
        let sides: Vec<String> = (0..2)
            .map(|_| format!("({})", self.cond(rng, depth - 1, new)))
            .collect();
        sides.join(&format!(" {joint} "))
    }

    fn fact(&self, rng: &mut Rng, new: bool) -> String {
        if rng.chance(15) {
            let claims = [
                "caller.verified",
                "not caller.verified",
                "caller.level >= 2",
                "caller.level == 1",
                "caller.team == \"x\"",
                "caller.team != \"x\"",
            ];
            return (*rng.pick(&claims)).to_owned();
        }
        let row = if new && rng.chance(45) { "new." } else { "" };
        if rng.chance(20)
            && let Some((way, at)) = self.way(rng)
        {
            let field = rng.pick(&self.draft.entities[at].fields);
            let name = format!("{row}{way}.{}", field.name);
            return compared(rng, field, &name);
        }
        let all = &self.here().fields;
        let field = rng.pick(all);
        let name = format!("{row}{}", field.name);
        let op = *rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
        let same = *rng.pick(&["==", "!="]);
        let other = format!(
            "{}{}",
            if new && rng.chance(50) { "new." } else { "" },
            field.name
        );
        if field.kind != Kind::Bool && other != name && rng.chance(25) {
            let op = if matches!(field.kind, Kind::Text | Kind::User | Kind::Row(_) | Kind::Stage) {
                same
            } else {
                op
            };
            return format!("{name} {op} {other}");
        }
        compared(rng, field, &name)
    }
}

/// A field compared with a value.
fn compared(rng: &mut Rng, field: &Field, name: &str) -> String {
    if field.optional && rng.chance(25) {
        return format!("{name} {} none", rng.pick(&["==", "!="]));
    }
    let op = *rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
    let same = *rng.pick(&["==", "!="]);
    match field.kind {
        Kind::Text if rng.chance(30) => format!("{name} in (\"x\", \"y\")"),
        Kind::Text => format!("{name} {same} \"x\""),
        Kind::Int if rng.chance(20) => format!("{name} in (1, 3)"),
        Kind::Int => format!("{name} {op} {}", 1 + rng.below(3)),
        Kind::Float => format!("{name} {op} {}", rng.pick(&["0.5", "1.5", "2"])),
        Kind::Bool => format!("{}{name}", rng.pick(&["", "not "])),
        Kind::Stage if rng.chance(30) => format!("{name} in (a, c)"),
        Kind::Stage => format!("{name} {same} {}", rng.pick(&["a", "b", "c"])),
        Kind::Date => format!("{name} {op} {}", rng.pick(&DATES)),
        Kind::Time => format!("{name} {op} now{}", rng.pick(&["", " + 1d", " - 1d"])),
        Kind::User => format!("{name} {same} caller"),
        Kind::Row(_) => format!("{name} {same} none"),
    }
}

fn fields(entity: &Entity, is_so: impl Fn(Kind) -> bool) -> Vec<&Field> {
    entity.fields.iter().filter(|field| is_so(field.kind)).collect()
}
