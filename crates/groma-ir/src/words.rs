//! Rules and conditions in words, for documents and messages.
//!
//! Every document says the same thing about the same rule, because it is put into words here only.

use crate::Id;
use crate::design::{
    Assign, Compare, Cond, Default, Design, Effect, Entity, EntityId, FieldId, LinkKind, Path, Rate, Row,
    Rule, Term, Type, Value, VariantId, Verb, Who,
};
use crate::http::{Operation, Route};

/// A verb for people: `read`, `complete`.
pub fn verb(entity: &Entity, verb: Verb) -> &str {
    match verb {
        Verb::Create => "create",
        Verb::Read => "read",
        Verb::Update => "update",
        Verb::Delete => "delete",
        Verb::Share => "share",
        Verb::Action(action) => &entity.actions[action].name,
    }
}

/// Who may do something, one line a rule: the allowing ones first.
pub fn verb_rules(design: &Design, entity: EntityId, verb: Verb) -> Vec<String> {
    let declared = &design.entities[entity];
    let about = |effect| {
        declared
            .rules
            .iter()
            .filter(move |rule| rule.effect == effect && rule.verbs.iter().any(|used| used.verb == verb))
            .map(move |rule| rule_line(design, entity, rule, verb))
    };
    let mut lines: Vec<String> = about(Effect::Allow).chain(about(Effect::Deny)).collect();
    if !declared
        .rules
        .iter()
        .any(|rule| rule.effect == Effect::Allow && rule.verbs.iter().any(|used| used.verb == verb))
    {
        lines.insert(0, String::from("Nobody: no rule allows it."));
    }
    lines
}

/// One rule for one verb: ``The owner, when `status` is not `archived`.``
pub fn rule_line(design: &Design, entity: EntityId, rule: &Rule, verb: Verb) -> String {
    let mut line = match rule.effect {
        Effect::Allow => String::new(),
        Effect::Deny => String::from("refused to "),
    };
    let mut who: Vec<String> = Vec::new();
    for words in rule.who.iter().map(|who| doer(design, entity, who, verb)) {
        if !who.contains(&words) {
            who.push(words);
        }
    }
    line.push_str(&list(who, "or"));
    if !rule.except.is_empty() {
        line.push_str(" except ");
        line.push_str(&list(
            rule.except.iter().map(|who| self::who(design, entity, who)),
            "or",
        ));
    }
    let fields: Vec<String> = rule
        .verbs
        .iter()
        .filter(|used| used.verb == verb)
        .flat_map(|used| &used.fields)
        .map(|field| format!("`{}`", design.entities[entity].fields[*field].wire))
        .collect();
    if !fields.is_empty() {
        line.push_str(", for ");
        line.push_str(&list(fields, "and"));
    }
    if let Some(when) = &rule.when {
        line.push_str(", when ");
        line.push_str(&cond(design, entity, when));
    }
    line.push('.');
    sentence(&line)
}

/// A who in a rule about a verb: nobody owns a row before it is made.
fn doer(design: &Design, entity: EntityId, who: &Who, verb: Verb) -> String {
    let fields = &design.entities[entity].fields;
    match who {
        Who::Path(path)
            if verb == Verb::Create
                && matches!(path.steps.as_slice(), [only] if fields[*only].default == Some(Default::Caller)) =>
        {
            String::from("anyone signed in, for themselves")
        }
        _ => self::who(design, entity, who),
    }
}

/// A who for people: `the owner`, ``callers with the role `admin` ``, `anyone who may read its project`.
pub fn who(design: &Design, entity: EntityId, who: &Who) -> String {
    match who {
        Who::Everyone => String::from("everyone"),
        Who::Authenticated => String::from("anyone signed in"),
        Who::Role(role) => {
            let name = design
                .auth
                .as_ref()
                .map_or("?", |auth| auth.roles[*role].name.as_str());
            format!("callers with the role `{name}`")
        }
        Who::Path(path) => format!("the {}", path_words(design, entity, path)),
        Who::Level { path, link, least } => level(design, entity, path, (*link, *least)),
        Who::Can {
            verb,
            path,
            entity: target,
        } => format!(
            "anyone who may {} {} {}",
            self::verb(&design.entities[*target], *verb),
            if path.row == Row::New { "the" } else { "its" },
            path_words(design, entity, path)
        ),
    }
}

/// Those who are tied to a row: ``anyone with whom its project is shared as `edit` ``, ``members of the team from `admin` up``.
fn level(design: &Design, entity: EntityId, path: &Path, (link, least): (EntityId, VariantId)) -> String {
    let Some(tie) = &design.entities[link].link else {
        return String::from("nobody");
    };
    let name = design.level_name(link, least);
    let is_lowest = least.index() == 0;
    let is_highest = least.index() + 1 == design.enums[tie.of].variants.len();
    let of = path_words(design, entity, path);
    let (whom, of) = match (tie.kind, path.steps.is_empty()) {
        (LinkKind::Shares, true) => ("anyone with whom it is shared", String::new()),
        (LinkKind::Shares, false) => ("anyone with whom its ", format!("{of} is shared")),
        (LinkKind::Members, true) => ("its members", String::new()),
        (LinkKind::Members, false) => ("members of the ", of),
    };
    match (is_lowest, is_highest) {
        (true, _) => format!("{whom}{of}"),
        (false, true) => format!("{whom}{of} as `{name}`"),
        (false, false) => format!("{whom}{of} as `{name}` or above"),
    }
}

/// A path as written: `project.owner`, `new.project`.
pub fn path(design: &Design, entity: EntityId, path: &Path) -> String {
    let mut names = path_names(design, entity, path);
    if path.row == Row::New {
        names.insert(0, "new");
    }
    names.join(".")
}

fn path_words(design: &Design, entity: EntityId, path: &Path) -> String {
    let names = path_names(design, entity, path).join("'s ").replace('_', " ");
    match path.row {
        Row::This => names,
        Row::New => format!("new {names}"),
    }
}

fn path_names<'a>(design: &'a Design, entity: EntityId, path: &Path) -> Vec<&'a str> {
    let mut at = Some(entity);
    let mut names = Vec::new();
    for step in &path.steps {
        let Some(entity) = at else { break };
        let field = &design.entities[entity].fields[*step];
        names.push(field.name.as_str());
        at = field.ty.target();
    }
    names
}

/// A condition for people: `` `status` is not `archived` ``.
pub fn cond(design: &Design, entity: EntityId, of: &Cond) -> String {
    cond_of(design, entity, "", of)
}

/// A condition on a row that is named so: `its post's `.
fn cond_of(design: &Design, entity: EntityId, whose: &str, of: &Cond) -> String {
    let join = |parts: &[Cond], word: &str| {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| nested(design, entity, whose, part))
            .collect();
        parts.join(word)
    };
    let term = |design: &Design, entity: EntityId, of: &Term| match of {
        Term::Field { row: Row::This, .. } => format!("{whose}{}", term(design, entity, of)),
        _ => term(design, entity, of),
    };
    match of {
        Cond::And(parts) => join(parts, " and "),
        Cond::Or(parts) => join(parts, " or "),
        Cond::Not(part) => format!("not {}", nested(design, entity, whose, part)),
        Cond::At {
            path, target, cond, ..
        } => {
            let article = if path.row == Row::New { "the" } else { "its" };
            let whose = format!("{article} {}'s ", path_words(design, entity, path));
            cond_of(design, *target, &whose, cond)
        }
        Cond::Compare { op, left, right } => {
            let words = compare(*op, right);
            let left = term(design, entity, left);
            match right {
                Term::Value(Value::None) => format!("{left} {words}"),
                _ => format!("{left} {words} {}", term(design, entity, right)),
            }
        }
        Cond::In { term: of, set } => {
            let set = list(set.iter().map(|value| term(design, entity, value)), "or");
            format!("{} is {set}", term(design, entity, of))
        }
        Cond::Is(of) => format!("{} is true", term(design, entity, of)),
    }
}

fn nested(design: &Design, entity: EntityId, whose: &str, part: &Cond) -> String {
    let words = cond_of(design, entity, whose, part);
    match part {
        Cond::And(_) | Cond::Or(_) => format!("({words})"),
        Cond::Not(_) | Cond::Compare { .. } | Cond::In { .. } | Cond::Is(_) | Cond::At { .. } => words,
    }
}

fn compare(op: Compare, right: &Term) -> &'static str {
    match (op, right) {
        (Compare::Eq, Term::Value(Value::None)) => "is empty",
        (Compare::Ne, Term::Value(Value::None)) => "is set",
        (Compare::Eq, _) => "is",
        (Compare::Ne, _) => "is not",
        (Compare::Lt, _) => "is less than",
        (Compare::Le, _) => "is at most",
        (Compare::Gt, _) => "is greater than",
        (Compare::Ge, _) => "is at least",
    }
}

/// A term for people.
pub fn term(design: &Design, entity: EntityId, of: &Term) -> String {
    match of {
        Term::Field { row, field } => {
            let wire = &design.entities[entity].fields[*field].wire;
            match row {
                Row::This => format!("`{wire}`"),
                Row::New => format!("the new `{wire}`"),
            }
        }
        Term::Caller => String::from("the caller"),
        Term::Claim(claim) => {
            let name = design
                .auth
                .as_ref()
                .map_or("?", |auth| auth.claims[*claim].claim.as_str());
            format!("the caller's `{name}`")
        }
        Term::Now { offset } => now(*offset),
        Term::Input(_) => String::from("the input"),
        Term::Value(value) => format!("`{}`", self::value(design, value)),
    }
}

/// A literal as JSON would show it, without quotes around text.
pub fn value(design: &Design, of: &Value) -> String {
    match of {
        Value::None => String::from("null"),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(value) => value.clone(),
        Value::Variant(of, variant) => design.variant_name(*of, *variant).to_owned(),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|item| value(design, item)).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// A default for people: `` `medium` ``, `the caller`, `the time of the request`.
pub fn default(design: &Design, of: &Default) -> String {
    match of {
        Default::Value(value) => format!("`{}`", self::value(design, value)),
        Default::Caller => String::from("the caller"),
        Default::Now { offset } => now(*offset),
    }
}

fn now(offset: i64) -> String {
    let size = offset.unsigned_abs();
    let (count, unit) = match size {
        0 => return String::from("the time of the request"),
        _ if size.is_multiple_of(86_400) => (size / 86_400, "day"),
        _ if size.is_multiple_of(3_600) => (size / 3_600, "hour"),
        _ if size.is_multiple_of(60) => (size / 60, "minute"),
        _ => (size, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    let side = if offset < 0 { "before" } else { "after" };
    format!("{count} {unit}{plural} {side} the time of the request")
}

/// A type for people: `text(1..200)`, `[text(1..30)]`, `Priority`, `Project`.
pub fn ty(design: &Design, of: &Type) -> String {
    match of {
        Type::Scalar(scalar) => scalar.to_string(),
        Type::Enum(of) => design.enums[*of].name.clone(),
        Type::Reference(entity) => design.entities[*entity].name.clone(),
        Type::List(list) => match list.max {
            Some(max) => format!("[{}]({}..{max})", ty(design, &list.item), list.min),
            None => format!("[{}]", ty(design, &list.item)),
        },
    }
}

/// `10 requests in a minute`.
pub fn rate(of: Rate) -> String {
    let plural = if of.requests == 1 { "" } else { "s" };
    let window = match of.window {
        1 => String::from("a second"),
        60 => String::from("a minute"),
        3600 => String::from("an hour"),
        86_400 => String::from("a day"),
        seconds => format!("{seconds} seconds"),
    };
    format!("{} request{plural} in {window}", grouped(u64::from(of.requests)))
}

/// `120,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a, b or c`.
pub fn list(items: impl IntoIterator<Item = String>, last: &str) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    match (items.pop(), items.is_empty()) {
        (None, _) => String::new(),
        (Some(only), true) => only,
        (Some(end), false) => format!("{} {last} {end}", items.join(", ")),
    }
}

/// What a caller is told to whose own row a request would refer, and there is none: their token says who they are, and
/// nobody has made the row yet. None where no request of the route does.
pub fn without_caller(design: &Design, route: &Route) -> Option<String> {
    let caller = design.caller_entity()?;
    let entity = &design.entities[route.entity];
    let is_caller = |(_, assign): &&(FieldId, Assign)| *assign == Assign::Term(Term::Caller);
    let is_made = route.operation == Operation::Create || route.made.is_some();
    let is_set = |id: FieldId| match route.operation {
        Operation::Action(action) => entity.actions[action]
            .sets
            .iter()
            .filter(is_caller)
            .any(|(field, _)| *field == id),
        _ => is_made && entity.fields[id].default == Some(Default::Caller),
    };
    let own = entity.fields.entries();
    let own = own.filter(|(id, field)| field.ty.target() == Some(caller) && is_set(*id));
    let own = own.map(|(_, field)| format!("`{}`", field.wire));
    let beside = route.makes.iter().flat_map(|made| {
        let there = &design.entities[made.entity];
        let sets = made.sets.iter().filter(is_caller);
        sets.map(|(field, _)| format!("`{}` of the `{}`", there.fields[*field].wire, there.name))
    });
    let all = list(own.chain(beside), "and");
    let name = &design.entities[caller].name;
    (!all.is_empty()).then(|| format!("You have no `{name}` row yet, which {all} would refer to."))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
