use std::collections::BTreeSet;

use groma_ir::Model;
use groma_ir::http::Route;
use serde_json::{Value, json};

use super::models::models;
use super::schema_check::{mistakes, referred};
use super::tasks;
use crate::{Options, openapi};

fn document() -> Value {
    document_of(&tasks())
}

fn document_of(model: &Model) -> Value {
    openapi::document(model, &Options::default())
}

fn operation<'a>(document: &'a Value, route: &Route) -> &'a Value {
    &document["paths"][route.path.template()][route.method.name().to_lowercase()]
}

/// What stands here, or what it refers to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .map_or(value, |reference| referred(document, reference))
}

#[test]
fn every_route_is_there_under_its_operation_id() {
    for model in models() {
        let document = document_of(&model);
        for route in &model.http.routes {
            assert_eq!(
                operation(&document, route)["operationId"],
                json!(route.operation_id)
            );
        }
        let operations: usize = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|path| path.as_object().unwrap().len())
            .sum();
        assert_eq!(operations, model.http.routes.len());
    }
}

#[test]
fn every_route_documents_exactly_the_statuses_that_it_can_answer() {
    for model in models() {
        let document = document_of(&model);
        for route in &model.http.routes {
            let documented = operation(&document, route)["responses"].as_object().unwrap();
            let documented: BTreeSet<u16> = documented.keys().map(|status| status.parse().unwrap()).collect();
            assert_eq!(
                documented,
                route.statuses().into_iter().collect(),
                "{}",
                route.operation_id
            );
        }
    }
}

#[test]
fn every_body_has_an_example_that_fits_its_schema() {
    for model in models() {
        let document = document_of(&model);
        let mut checked = 0;
        for route in &model.http.routes {
            let operation = operation(&document, route);
            let responses = operation["responses"].as_object().unwrap().values();
            let bodies = responses
                .chain(operation.get("requestBody"))
                .map(|body| resolved(&document, body));
            for media in bodies
                .filter_map(|body| body.get("content"))
                .flat_map(|content| content.as_object().unwrap().values())
            {
                for example in examples(media) {
                    let wrong = mistakes(&document, &media["schema"], example);
                    assert!(wrong.is_empty(), "{}: {wrong:?}", route.operation_id);
                    checked += 1;
                }
                assert!(
                    !examples(media).is_empty(),
                    "{} has a body without an example",
                    route.operation_id
                );
            }
        }
        assert!(checked > 80, "only {checked} examples");
    }
}

fn examples(media: &Value) -> Vec<&Value> {
    let many = media.get("examples").and_then(Value::as_object);
    let many = many
        .into_iter()
        .flat_map(|examples| examples.values().map(|example| &example["value"]));
    media.get("example").into_iter().chain(many).collect()
}

#[test]
fn every_parameter_has_an_example_that_fits_its_schema() {
    for model in models() {
        let document = document_of(&model);
        for route in &model.http.routes {
            for parameter in operation(&document, route)["parameters"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let parameter = resolved(&document, parameter);
                if let Some(example) = parameter.get("example") {
                    let wrong = mistakes(&document, &parameter["schema"], example);
                    assert!(
                        wrong.is_empty(),
                        "{} of {}: {wrong:?}",
                        parameter["name"],
                        route.operation_id
                    );
                }
            }
        }
    }
}

#[test]
fn no_parameter_stands_twice() {
    for model in models() {
        let document = document_of(&model);
        for route in &model.http.routes {
            let parameters = operation(&document, route)["parameters"].as_array();
            let names = parameters
                .into_iter()
                .flatten()
                .map(|one| resolved(&document, one)["name"].to_string());
            let names: Vec<String> = names.collect();
            assert_eq!(
                names.iter().collect::<BTreeSet<_>>().len(),
                names.len(),
                "{}",
                route.operation_id
            );
        }
    }
}

#[test]
fn every_component_has_an_example_that_fits_it() {
    for model in models() {
        let document = document_of(&model);
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            for example in schema["examples"].as_array().into_iter().flatten() {
                assert_eq!(
                    mistakes(&document, schema, example),
                    Vec::<String>::new(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for model in models() {
        let document = document_of(&model);
        check_references(&document, &document);
    }
}

fn check_references(document: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").filter(|reference| reference.is_string()) {
                referred(document, reference);
            }
            members
                .values()
                .for_each(|value| check_references(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| check_references(document, value)),
        _ => {}
    }
}

#[test]
fn objects_are_closed() {
    for model in models() {
        let document = document_of(&model);
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            if schema["type"] == "object" {
                assert_eq!(schema["additionalProperties"], json!(false), "{name}");
            }
        }
    }
}

#[test]
fn bodies_are_refused_by_the_schema_where_a_server_refuses_them() {
    let document = document();
    let create = &document["components"]["schemas"]["TaskCreate"];
    let fits = |body: Value| mistakes(&document, create, &body).is_empty();
    assert!(fits(json!({ "title": "a" })));
    assert!(fits(
        json!({ "title": "a", "due": null, "tags": ["x"], "priority": "low" })
    ));
    for wrong in [
        json!({}),
        json!({ "title": "" }),
        json!({ "title": "   " }),
        json!({ "title": "a\u{0}b" }),
        json!({ "title": "a".repeat(201) }),
        json!({ "title": null }),
        json!({ "title": "a", "owner_id": "x" }),
        json!({ "title": "a", "priority": null }),
        json!({ "title": "a", "priority": "urgent" }),
        json!({ "title": "a", "tags": vec!["x"; 11] }),
        json!({ "title": "a", "project_id": "x" }),
    ] {
        assert!(!fits(wrong.clone()), "{wrong}");
    }
}

#[test]
fn sorting_takes_each_name_once_in_one_direction() {
    let document = document();
    let parameters = document["paths"]["/api/tasks"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let sort = &parameters
        .iter()
        .find(|parameter| parameter["name"] == "sort")
        .unwrap()["schema"];
    let fits = |value: Value| mistakes(&document, sort, &value).is_empty();
    assert!(fits(json!(["-created_at", "title"])));
    assert!(!fits(json!(["title", "-title"])));
    assert!(!fits(json!(["title", "title"])));
    assert!(!fits(json!(["notes"])));
}

#[test]
fn repeatable_filters_explode_and_lists_have_commas() {
    let document = document();
    let parameters = document["paths"]["/api/tasks"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let explode = |name: &str| {
        parameters
            .iter()
            .find(|parameter| parameter["name"] == name)
            .unwrap()["explode"]
            .clone()
    };
    assert_eq!(explode("priority"), json!(true));
    assert_eq!(explode("priority__in"), json!(false));
    assert_eq!(explode("include"), json!(false));
}

#[test]
fn a_patch_takes_both_media_types_and_an_item_has_conditional_headers() {
    let document = document();
    let item = &document["paths"]["/api/tasks/{id}"];
    let types: Vec<&String> = item["patch"]["requestBody"]["content"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(types, ["application/json", "application/merge-patch+json"]);
    assert!(item["patch"].to_string().contains("parameters/IfMatch"));
    assert!(item["get"].to_string().contains("parameters/IfNoneMatch"));
    assert_eq!(item["get"]["responses"]["304"].get("content"), None);
}

#[test]
fn routes_need_a_token_and_a_public_one_takes_it_or_leaves_it() {
    let mut design = tasks().design;
    design.resources[groma_ir::Id::new(1)]
        .read
        .as_mut()
        .unwrap()
        .admission
        .public = true;
    let document = openapi::document(&Model::new(design), &Options::default());
    assert_eq!(document["security"], json!([{ "bearerAuth": [] }]));
    assert_eq!(
        document["paths"]["/api/tasks/{id}"]["get"]["security"],
        json!([{}, { "bearerAuth": [] }])
    );
    assert_eq!(document["paths"]["/api/tasks"]["get"].get("security"), None);
}

#[test]
fn the_limit_of_a_route_is_told_where_it_refuses() {
    let mut design = tasks().design;
    let create = design.resources[groma_ir::Id::new(1)].create.as_mut().unwrap();
    create.admission.public = true;
    create.admission.limit = Some(groma_ir::design::Rate {
        requests: 1,
        window: 90,
        per: groma_ir::design::Per::Caller,
    });
    let document = openapi::document(&Model::new(design), &Options::default());
    let create = &document["paths"]["/api/tasks"]["post"];
    assert_eq!(create["security"], json!([{}, { "bearerAuth": [] }]));
    assert_eq!(
        create["responses"]["429"]["description"],
        "- The caller is over the rate limit.\n- The caller is over the limit of this route: 1 request in 90 seconds."
    );
    let list = &document["paths"]["/api/tasks"]["get"];
    assert_eq!(
        list["responses"]["429"]["$ref"],
        "#/components/responses/TooManyRequests"
    );
}
