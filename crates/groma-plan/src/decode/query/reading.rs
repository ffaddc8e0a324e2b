//! The value of one parameter.

use groma_ir::design::FieldId;
use groma_ir::http::{ErrorCode, Operator};
use groma_ir::scalar::Bounds;

use super::Test;
use crate::decode::shape::One;
use crate::decode::{number, text};
use crate::failure::{Mistake, Mistakes};
use crate::nearest::{hint, shown};
use crate::{Value, fold};

/// The most values of one filter, and the most words of a search: each costs the database a comparison a row.
const MOST_VALUES: usize = 100;
const MOST_WORDS: usize = 16;

/// One parameter being read.
pub(super) struct Reading<'a, 'm> {
    pub(super) name: &'a str,
    pub(super) mistakes: &'m mut Mistakes,
}

impl Reading<'_, '_> {
    fn wrong(&mut self, mistake: Mistake) {
        self.mistakes.push_parameter(self.name, mistake);
    }

    pub(super) fn filter(
        &mut self,
        shape: Option<&One>,
        operator: Operator,
        given: &[String],
    ) -> Option<Test> {
        let shape = shape?;
        let texts: Vec<&str> = match operator {
            Operator::In => given.iter().flat_map(|list| list.split(',')).collect(),
            Operator::Eq => given.iter().map(String::as_str).collect(),
            _ => given.last().map(String::as_str).into_iter().collect(),
        };
        if texts.len() > MOST_VALUES {
            let detail = format!("At most {MOST_VALUES} values may be given.");
            self.wrong(Mistake::new(ErrorCode::TooLong, detail));
            return None;
        }
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match shape.parse(text) {
                Ok(value) => values.push(value),
                Err(mistake) => self.wrong(unescaped_plus(shape, text).unwrap_or(mistake)),
            }
        }
        match (operator, values.as_slice()) {
            (Operator::Null, [Value::Bool(is_null)]) => Some(Test::Null(*is_null)),
            _ => Some(Test::Values(values)),
        }
    }

    pub(super) fn words(&mut self, text: &str) -> Vec<String> {
        if text.contains('\0') {
            self.wrong(text::nul());
        }
        let mut words: Vec<String> = Vec::new();
        for word in text.split_whitespace().map(fold) {
            if !words.contains(&word) && words.len() <= MOST_WORDS {
                words.push(word);
            }
        }
        if words.len() > MOST_WORDS {
            let detail = format!("At most {MOST_WORDS} words may be searched for.");
            self.wrong(Mistake::new(ErrorCode::TooLong, detail));
        }
        words
    }

    pub(super) fn sort(&mut self, text: &str, fields: &[(String, FieldId)]) -> Vec<(FieldId, bool)> {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let mut terms: Vec<(FieldId, bool)> = Vec::new();
        for term in text.split(',') {
            let name = term.strip_prefix('-').unwrap_or(term);
            let Some(at) = self.one_of(name, names.iter().copied()) else {
                break;
            };
            let Some((_, field)) = fields.get(at) else { break };
            if terms.iter().any(|(known, _)| known == field) {
                self.wrong(Mistake::new(
                    ErrorCode::UnknownValue,
                    format!("`{name}` stands twice."),
                ));
                break;
            }
            terms.push((*field, term.starts_with('-')));
        }
        terms
    }

    /// Which of the names stand in a comma-separated list.
    pub(super) fn chosen(&mut self, text: &str, names: &[&str]) -> Vec<bool> {
        let mut chosen = vec![false; names.len()];
        for part in text.split(',') {
            let Some(at) = self.one_of(part, names.iter().copied()) else {
                break;
            };
            if let Some(on) = chosen.get_mut(at) {
                *on = true;
            }
        }
        chosen
    }

    pub(super) fn one_of<'n>(
        &mut self,
        text: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<usize> {
        let found = names.clone().position(|name| name == text);
        if found.is_none() {
            let known: Vec<String> = names.clone().map(|name| format!("`{name}`")).collect();
            let hint = hint(text, names);
            let list = format!("; expected one of {}.", known.join(", "));
            let rest = if hint == "." { list } else { hint };
            let detail = format!("`{}` is not known here{rest}", shown(text));
            self.wrong(Mistake::new(ErrorCode::UnknownValue, detail));
        }
        found
    }

    pub(super) fn int(&mut self, text: &str, (min, max): (i64, i64)) -> i64 {
        let bounds = Bounds {
            min: Some(min),
            max: Some(max),
        };
        match number::parse_int(bounds, text) {
            Ok(Value::Int(number)) => number,
            Ok(_) => min,
            Err(mistake) => {
                self.wrong(mistake);
                min
            }
        }
    }

    pub(super) fn bool(&mut self, text: &str) -> bool {
        match text {
            "true" => true,
            "false" => false,
            _ => {
                self.wrong(Mistake::new(
                    ErrorCode::BoolParsing,
                    "`true` or `false` is expected.",
                ));
                false
            }
        }
    }
}

/// What a value needs that would fit if its blanks were plus signs.
fn unescaped_plus(shape: &One, text: &str) -> Option<Mistake> {
    let meant = text.replace(' ', "+");
    if meant == text || shape.parse(&meant).is_err() {
        return None;
    }
    let code = shape.parse(text).err()?.code;
    let sent = meant.replace('+', "%2B");
    Some(Mistake::new(
        code,
        format!(
            "A `+` in a query is a blank; write `%2B` for it: `{}`.",
            shown(&sent)
        ),
    ))
}
