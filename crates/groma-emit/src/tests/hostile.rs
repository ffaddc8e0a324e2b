//! Names and prose that try to break out of their place.

use groma_ir::design::{Segment, Setting};
use groma_ir::{Id as _, Model};

use super::spec::{check_tables, open_lines};
use super::{emitted, is_page, tasks};

const NASTY: &str = "a | b ``` c\n# Not a heading\n| x | y |\n<!-- no -->\n```js\n\"quoted\" 'single' $TOKEN";

fn nasty() -> Model {
    let mut design = tasks().design;
    design.service.title = NASTY.to_owned();
    design.service.doc = Some(NASTY.to_owned());
    for entity in design.entities.ids().collect::<Vec<_>>() {
        let entity = &mut design.entities[entity];
        entity.doc = Some(NASTY.to_owned());
        for field in entity.fields.ids().collect::<Vec<_>>() {
            entity.fields[field].doc = Some(NASTY.to_owned());
        }
    }
    design.assumptions.push(groma_ir::design::Assumption {
        subject: NASTY.to_owned(),
        text: NASTY.to_owned(),
        origin: None,
    });
    Model::new(design)
}

#[test]
fn pages_keep_their_form() {
    for (path, text) in emitted(&nasty()).iter().filter(|(path, _)| is_page(path)) {
        let lines = open_lines(text);
        assert!(lines.iter().all(|line| !line.starts_with("# Not")), "{path}");
        assert_eq!(
            lines.iter().filter(|line| line.starts_with("# ")).count(),
            1,
            "{path}"
        );
        assert!(lines.contains(&"## Endpoints"), "{path}");
        check_tables(path, text);
    }
}

#[test]
fn a_page_never_takes_the_place_of_the_index() {
    let mut design = tasks().design;
    let first = groma_ir::design::ResourceId::new(0);
    design.resources[first].path = vec![Segment::Literal(String::from("readme"))];
    let files = emitted(&Model::new(design));
    assert!(files.get("specs/api/README.md").is_some());
    assert!(files.get("specs/api/readme-resource.md").is_some());
}

#[test]
fn a_design_without_anything_still_has_an_index() {
    let mut design = tasks().design;
    design.resources = groma_ir::Arena::default();
    design.entities = groma_ir::Arena::default();
    design.enums = groma_ir::Arena::default();
    design.auth = None;
    let files = emitted(&Model::new(design));
    assert_eq!(
        files.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        ["openapi.json", "specs/api/README.md"]
    );
}

#[test]
fn a_caller_in_the_path_has_a_variable() {
    let mut design = tasks().design;
    let second = groma_ir::design::ResourceId::new(1);
    let caller = Segment::Caller {
        name: String::from("user_id"),
    };
    design.resources[second].path = vec![caller, Segment::Literal(String::from("tasks"))];
    design.service.cors.as_mut().unwrap().origins = vec![Setting::Env(String::from("WEB_ORIGINS"))];
    let files = emitted(&Model::new(design));
    let page = files.get("specs/api/tasks.md").unwrap();
    assert!(page.contains("export USER_ID="));
    assert!(page.contains("\"$BASE_URL/api/$USER_ID/tasks/$TASK_ID\""));
    assert!(page.contains("`{user_id}` must be the caller of the token."));
}

#[test]
fn keys_that_refer_to_each_other_in_a_circle_end() {
    use groma_ir::design::{EntityId, Type};
    let mut design = tasks().design;
    let (project, task) = (EntityId::new(1), EntityId::new(2));
    for (entity, target) in [(project, task), (task, project)] {
        let key = design.entities[entity].key;
        design.entities[entity].fields[key].ty = Type::Reference(target);
    }
    assert_eq!(emitted(&Model::new(design)).len(), 4);
}

#[test]
fn names_that_meet_stay_apart() {
    let mut design = tasks().design;
    design.enums[groma_ir::design::EnumId::new(0)].name = String::from("TaskPage");
    let document = crate::openapi::document(&Model::new(design), &crate::Options::default());
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["TaskPage"]["type"], "object");
    assert_eq!(schemas["TaskPageEnum"]["enum"][0], "high");
}
