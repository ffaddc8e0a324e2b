//! What the lowered views say about the sample design.

use expect_test::expect;

use crate::access::{CallerFacts, kinds_of_caller};
use crate::design::EntityId;
use crate::http::Problem;
use crate::{Id, sample};

#[test]
fn every_route_has_its_statuses() {
    let model = sample::tasks();
    let lines: Vec<String> = model
        .http
        .routes
        .iter()
        .map(|route| {
            format!(
                "{} {} {} {:?}\n",
                route.method.name(),
                route.path.template(),
                route.operation_id,
                route.statuses()
            )
        })
        .collect();
    expect![[r#"
        GET /api/projects listProjects [200, 400, 401, 406, 414, 429, 500, 503]
        POST /api/projects createProject [201, 400, 401, 406, 409, 413, 415, 422, 429, 500, 503]
        GET /api/projects/{id} getProject [200, 304, 400, 401, 404, 406, 414, 429, 500, 503]
        PATCH /api/projects/{id} updateProject [200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 500, 503]
        DELETE /api/projects/{id} deleteProject [204, 400, 401, 404, 412, 429, 500, 503]
        GET /api/tasks listTasks [200, 400, 401, 406, 414, 429, 500, 503]
        POST /api/tasks createTask [201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503]
        GET /api/tasks/{id} getTask [200, 304, 400, 401, 404, 406, 414, 429, 500, 503]
        PATCH /api/tasks/{id} updateTask [200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 500, 503]
        PUT /api/tasks/{id} replaceTask [200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 500, 503]
        DELETE /api/tasks/{id} deleteTask [204, 400, 401, 403, 404, 412, 429, 500, 503]
        POST /api/tasks/{id}/complete completeTask [200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 500, 503]
        POST /api/tasks/{id}/archive archiveTask [200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 500, 503]
        GET /api/tasks/stats getTaskStats [200, 400, 401, 406, 429, 500, 503]
    "#]].assert_eq(&lines.concat());
}

#[test]
fn query_parameters_follow_from_the_types() {
    let model = sample::tasks();
    let list = model
        .http
        .routes
        .iter()
        .find(|route| route.operation_id == "listTasks");
    let names: Vec<&str> = list
        .iter()
        .flat_map(|route| &route.query)
        .map(|param| param.name.as_str())
        .collect();
    expect!["priority priority__ne priority__in due due__ne due__in due__gt due__gte due__lt due__lte due__null tags project_id project_id__ne project_id__in project_id__null state q sort limit cursor count include fields"].assert_eq(&names.join(" "));
}

#[test]
fn indexes_serve_foreign_keys_and_default_orders() {
    let model = sample::tasks();
    let names: Vec<&str> = model
        .tables
        .iter()
        .flat_map(|table| &table.indexes)
        .map(|index| index.name.as_str())
        .collect();
    expect![[r#"
        projects_name_id_idx
        tasks_owner_id_status_due_idx
        tasks_owner_id_created_at_id_idx
        tasks_project_id_created_at_id_idx
        tasks_created_at_id_idx"#]]
    .assert_eq(&names.join("\n"));
}

#[test]
fn roles_are_decided_before_the_database_is_asked() {
    let model = sample::tasks();
    let task = model.access.of(EntityId::new(2));
    let kinds = kinds_of_caller(&model.design);
    let verdicts: Vec<String> = kinds
        .iter()
        .map(|caller| {
            let read = task.read.for_caller(caller);
            format!(
                "{:?} never={} always={}\n",
                caller,
                read.is_never(),
                read.is_always()
            )
        })
        .collect();
    expect![[r#"
        CallerFacts { authenticated: false, roles: RoleSet(0) } never=true always=false
        CallerFacts { authenticated: true, roles: RoleSet(1) } never=false always=false
        CallerFacts { authenticated: true, roles: RoleSet(3) } never=false always=true
    "#]]
    .assert_eq(&verdicts.concat());
    assert!(
        task.create.row.for_caller(&CallerFacts::default()).is_never(),
        "nobody creates without a token"
    );
}

#[test]
fn the_canonical_json_is_what_the_schema_describes() {
    let model = sample::tasks();
    let json: serde_json::Value = serde_json::from_str(&crate::canonical::to_json(&model.design)).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&crate::canonical::schema()).unwrap();
    let members = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        members(&json),
        members(&schema["properties"]),
        "a full design shows every member, in order"
    );
    assert_eq!(
        json["entities"][1]["fields"][8]["type"],
        serde_json::json!({ "reference": "Project" })
    );
    assert_eq!(json["entities"][1]["access"][5]["effect"], "deny");
    assert_eq!(json["resources"][1]["list"]["sort"][0], "-created_at");
}

#[test]
fn the_canonical_json_does_not_know_where_things_stand() {
    let here = sample::tasks().design;
    let mut there = here.clone();
    there.files[0].path = String::from("elsewhere.groma");
    there.entities[EntityId::new(2)].origin.start = 77;
    assert_eq!(
        crate::canonical::to_json(&here),
        crate::canonical::to_json(&there)
    );
}

#[test]
fn the_published_schema_is_the_one_that_is_written() {
    expect_test::expect_file!["../../../docs/design.schema.json"].assert_eq(&crate::canonical::schema());
}

#[test]
fn an_error_of_the_author_s_own_is_named_like_the_others() {
    let named = |name: &str| {
        let problem = Problem::Declared {
            name: name.to_owned(),
            status: 410,
        };
        (problem.type_uri(), problem.title(), problem.detail())
    };
    for (name, slug, title) in [
        ("too_early", "too-early", "Too early"),
        ("tooBig", "too-big", "Too big"),
        ("expired", "expired", "Expired"),
        ("noHTTPSLink", "no-https-link", "No https link"),
        ("v2_only", "v2-only", "V2 only"),
    ] {
        let wanted = (format!("/problems/{slug}"), title.to_owned(), format!("{title}."));
        assert_eq!(named(name), wanted);
    }
}
