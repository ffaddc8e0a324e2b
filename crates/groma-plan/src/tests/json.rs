//! The reader of JSON beside another one: they agree on what is JSON and on what it means.

use proptest::prelude::*;
use serde_json::Value as Tree;

use crate::decode::json::Json;

fn compact(text: &[u8]) -> Option<String> {
    let mut json = Json::new(text).ok()?;
    let compact = json.compact().ok()?;
    json.end().ok()?;
    Some(compact.text)
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        any::<i64>().prop_map(Tree::from),
        (-8_000_000_i32..8_000_000).prop_map(|eighths| Tree::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Tree::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Tree::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Tree::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_another_writes_is_read(tree in tree()) {
        for text in [tree.to_string(), serde_json::to_string_pretty(&tree).unwrap()] {
            let compact = compact(text.as_bytes()).expect(&text);
            prop_assert_eq!(serde_json::from_str::<Tree>(&compact).unwrap(), tree.clone());
        }
    }

    #[test]
    fn both_refuse_the_same(text in r#"[\[\]{}:,"\\u0-9dDeE.+\-truefalsn \n]{0,24}"#) {
        let ours = compact(text.as_bytes());
        let theirs = serde_json::from_str::<Tree>(&text).ok();
        let is_repeated = ours.is_none() && text.matches(':').count() > 1;
        // We are stricter in one thing: a name stands once.
        if !is_repeated {
            let ours = ours.map(|ours| serde_json::from_str::<Tree>(&ours).unwrap());
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }

    #[test]
    fn strings_are_written_as_they_are_read(text in any::<String>()) {
        let mut out = Vec::new();
        crate::write_string(&mut out, &text);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
        let mut json = Json::new(&out).unwrap();
        prop_assert_eq!(json.string().unwrap(), text);
    }
}

proptest! {
    #[test]
    fn eight_bytes_at_a_time_see_what_one_at_a_time_sees(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let wanted = bytes.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F)).count();
        prop_assert_eq!(crate::scan::plain(&bytes), wanted);
    }

    #[test]
    fn plain_text_is_plain_to_its_end(text in "[a-zé😀]{0,40}", end in any::<u8>()) {
        let mut bytes = text.clone().into_bytes();
        bytes.push(end);
        let wanted = text.len() + usize::from(!matches!(end, b'"' | b'\\' | 0..=0x1F));
        prop_assert_eq!(crate::scan::plain(&bytes), wanted);
    }
}

#[test]
fn many_names_are_not_compared_one_by_one() {
    let members: Vec<String> = (0..60_000).map(|index| format!("\"{index}\":0")).collect();
    let text = format!("{{{}}}", members.join(","));
    let start = std::time::Instant::now();
    assert!(compact(text.as_bytes()).is_some());
    assert!(
        start.elapsed().as_secs() < 5,
        "a large object must not be quadratic"
    );
    assert!(compact(format!("{{{},\"7\":0}}", members.join(",")).as_bytes()).is_none());
    assert!(compact(format!("{{{},\"59999\":0}}", members.join(",")).as_bytes()).is_none());
}
