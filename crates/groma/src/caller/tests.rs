//! Whom the tool speaks as, for several designs.

use groma_diag::Sources;

use super::*;

fn model(key: &str, rules: &str) -> Model {
    let text = format!(
        "auth {{
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
  claims verified: bool from claim emailVerified, plan: text from claim plan,
    level: int from claim level
  roles user < admin from claim role default user
}}
entity User external {{
  id: {key} key
}}
entity Note {{
  id: uuid key
  owner: User = caller readonly
}}
access Note {{
{rules}
}}
resource /notes for Note
"
    );
    let mut sources = Sources::new();
    sources.add("notes.groma", text);
    let compiled = groma_sema::compile(&sources);
    Model::new(
        compiled
            .design
            .unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)),
    )
}

fn least_for(rules: &str) -> Option<(Vec<String>, String)> {
    let model = model("text(1..64)", rules);
    let (entity, _) = model
        .design
        .entities
        .entries()
        .find(|(_, entity)| entity.name == "Note")
        .unwrap();
    let said = says(&model, &least(&model, entity, &[Verb::Create, Verb::Read])?);
    Some((said.roles, Value::Object(said.claims).to_string()))
}

#[test]
fn the_subject_fits_the_key() {
    for (key, own) in [
        ("text(1..64)", "alice"),
        ("int", "1"),
        ("uuid", "00000000-0000-4000-8000-00000000a11c"),
        ("text(8..64)", "00000000-0000-4000-8000-00000000a11c"),
    ] {
        let model = model(key, "  allow all to owner");
        assert_eq!(subject(&model, None).unwrap(), own, "{key}");
        assert_eq!(subject(&model, Some(own)).unwrap(), own, "{key}");
    }
    let refused = subject(&model("int", "  allow all to owner"), Some("bob")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`bob` is no key of `User`, so no token can carry it"
    );
}

#[test]
fn a_token_says_no_more_than_it_must() {
    let plain = Some((vec![], "{}".to_owned()));
    assert_eq!(least_for("  allow all to owner"), plain);
    assert_eq!(
        least_for("  allow all to user"),
        plain,
        "the default role needs no claim"
    );
    assert_eq!(
        least_for("  allow all to admin"),
        Some((vec!["admin".to_owned()], "{}".to_owned()))
    );
    assert_eq!(
        least_for("  allow all to owner when caller.verified"),
        Some((vec![], "{\"emailVerified\":true}".to_owned()))
    );
    assert_eq!(
        least_for("  allow all to owner when caller.plan == \"pro\" and caller.level > 2"),
        Some((vec![], "{\"plan\":\"pro\",\"level\":3}".to_owned()))
    );
    assert_eq!(
        least_for("  allow all to owner when not (caller.level > 2)"),
        Some((vec![], "{\"level\":2}".to_owned())),
        "a token without a level would not do: what is unknown does not hold"
    );
    assert_eq!(least_for("  allow read to owner"), None, "nobody may make one");
}

#[test]
fn a_role_that_does_not_exist_is_refused() {
    let model = model("int", "  allow all to owner");
    assert!(check_roles(&model, &["admin".to_owned()]).is_ok());
    let refused = check_roles(&model, &["admn".to_owned()]).unwrap_err();
    assert_eq!(refused.to_string(), "there is no role `admn`");
}
