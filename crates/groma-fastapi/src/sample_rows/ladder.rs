//! Values of a type from the least to the largest.

use groma_ir::design::{Type, Value};
use groma_ir::scalar::{Bounds, Scalar};

use crate::cx::Cx;
use crate::resource_tests::samples;

/// The most values that there are of any type.
const MOST: usize = 11;

/// A large letter comes before every small one, whatever the language of the database.
const WORDS: [[&str; MOST]; 2] = [
    [
        "Zebra", "apple", "berry", "cherry", "damson", "elder", "fig", "grape", "hazel", "iris", "juniper",
    ],
    [
        "Yacht", "attic", "barn", "cellar", "door", "eaves", "floor", "gate", "house", "inn", "joist",
    ],
];
const PEOPLE: [&str; MOST] = [
    "anna", "bert", "clara", "dora", "emil", "frida", "georg", "hanna", "ida", "jakob", "klara",
];

/// So many different values, or fewer, in order. None where it is not known which fit.
/// Texts of neighbouring fields are others.
pub(crate) fn ladder(cx: &Cx<'_>, ty: &Type, (neighbour, count): (usize, usize)) -> Vec<Value> {
    let [even, odd] = WORDS;
    let words = match ty.target() {
        Some(_) => PEOPLE,
        None if neighbour.is_multiple_of(2) => even,
        None => odd,
    };
    match samples::plain(cx.model, ty) {
        Type::Enum(of) => {
            let variants = cx.model.design.enums[*of].variants.ids();
            variants.take(count).map(|id| Value::Variant(*of, id)).collect()
        }
        Type::Scalar(scalar) => of_scalar(scalar, words.get(..count).unwrap_or(&words)),
        Type::List(_) | Type::Reference(_) => Vec::new(),
    }
}

fn of_scalar(scalar: &Scalar, words: &[&str]) -> Vec<Value> {
    let count = words.len();
    let numbered = |text: &dyn Fn(usize) -> String| (1..=count).map(|at| Value::Text(text(at))).collect();
    let texts = |words: &[&str], text: &dyn Fn(&str) -> String| {
        words.iter().map(|word| Value::Text(text(word))).collect()
    };
    match scalar {
        Scalar::Text(text) if text.pattern.is_none() => fitting(words, text.min, text.max),
        Scalar::Slug { min, max } => {
            let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
            fitting(&words, *min, Some(*max))
        }
        Scalar::Email => {
            let people = PEOPLE.get(..count).unwrap_or(&PEOPLE);
            texts(people, &|name| format!("{name}@example.com"))
        }
        Scalar::Url => texts(words, &|word| format!("https://example.com/{word}")),
        Scalar::Int(bounds) => {
            let (least, most) = bounds.effective();
            // Two digits behind one: numbers are not compared as texts are.
            let first = 9_i64.min(most.saturating_sub(4)).max(least);
            (first..=most).take(count).map(Value::Int).collect()
        }
        Scalar::Float(Bounds { min, max }) => {
            let fits =
                |number: &f64| min.is_none_or(|min| *number >= min) && max.is_none_or(|max| *number <= max);
            let all = [0.5, 1.5, 2.25, 9.75, 10.5].into_iter();
            all.filter(fits).take(count).map(Value::Float).collect()
        }
        Scalar::Decimal { precision, scale } if precision > scale => {
            let fraction = "5".repeat(usize::from(*scale));
            let point = if *scale > 0 { "." } else { "" };
            let digits = if precision - scale == 1 {
                count.min(9)
            } else {
                count
            };
            let all = (1..=digits).map(|at| Value::Text(format!("{at}{point}{fraction}")));
            all.collect()
        }
        Scalar::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Scalar::Uuid => numbered(&|at| format!("00000000-0000-0000-0000-{at:012}")),
        Scalar::Date => numbered(&|at| format!("2026-05-{at:02}")),
        Scalar::Time => numbered(&|at| format!("{}:30:00", 10 + at)),
        Scalar::DateTime => numbered(&|at| format!("2026-05-{at:02}T10:30:00Z")),
        // As long as it has to be, once it is written.
        Scalar::Secret(_) => numbered(&|at| at.to_string()),
        Scalar::Text(_) | Scalar::Decimal { .. } | Scalar::Json => Vec::new(),
    }
}

/// The words, longer or shorter where they must be.
fn fitting<T: AsRef<str>>(words: &[T], min: u32, max: Option<u32>) -> Vec<Value> {
    let fit = |word: &T| {
        let word = word.as_ref();
        let length = word.len().max(min as usize).min(max.unwrap_or(u32::MAX) as usize);
        word.chars().cycle().take(length).collect::<String>()
    };
    if min > 40 || max == Some(0) {
        return Vec::new();
    }
    let mut all: Vec<String> = words.iter().map(fit).collect();
    all.sort();
    all.dedup();
    all.into_iter().map(Value::Text).collect()
}
