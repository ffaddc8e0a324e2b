//! What becomes of a design that is right: names, types and defaults, said and assumed.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use groma_ir::Design;
use groma_ir::design::{Entity, Resource, Segment};
use groma_ir::words;

use super::{compile_text, line};

/// The design of one plain text, which must hold no error.
fn design(text: &str) -> Design {
    let (sources, compiled) = compile_text("design.groma", text);
    let errors = compiled.diagnostics.iter().filter(|found| found.is_error());
    let errors: Vec<String> = errors.map(|found| line(&sources, found)).collect();
    assert_eq!(errors, Vec::<String>::new());
    compiled.design.unwrap()
}

fn check(text: &str, expected: &Expect) {
    let design = design(text);
    let mut out = String::new();
    for entity in &design.entities {
        entity_lines(&mut out, &design, entity);
    }
    for resource in &design.resources {
        resource_lines(&mut out, &design, resource);
    }
    expected.assert_eq(&out);
}

fn entity_lines(out: &mut String, design: &Design, entity: &Entity) {
    writeln!(
        out,
        "{} {:?} {} ({})",
        entity.name, entity.storage, entity.table, entity.plural
    )
    .unwrap();
    for (id, field) in entity.fields.entries() {
        let mut line = format!("  {}: {}", field.wire, words::ty(design, &field.ty));
        if field.optional {
            line.push('?');
        }
        if field.column != field.wire {
            write!(line, " column {}", field.column).unwrap();
        }
        if let Some(default) = &field.default {
            write!(line, " = {}", words::default(design, default)).unwrap();
        }
        write!(line, ", {:?}, {:?}", field.write, field.mode).unwrap();
        if let Some(action) = field.on_delete {
            write!(line, ", {action:?}").unwrap();
        }
        for (is_so, word) in [
            (id == entity.key, ", key"),
            (entity.owner == Some(id), ", owner"),
            (field.touch, ", touch"),
        ] {
            line.push_str(if is_so { word } else { "" });
        }
        writeln!(out, "{line}").unwrap();
    }
    let names = |fields: &[groma_ir::design::FieldId]| {
        let names: Vec<&str> = fields.iter().map(|id| entity.fields[*id].name.as_str()).collect();
        names.join(", ")
    };
    for unique in &entity.uniques {
        let when = unique.when.as_ref().map(|when| {
            words::cond(
                design,
                design
                    .entities
                    .entries()
                    .find(|(_, it)| it.name == entity.name)
                    .unwrap()
                    .0,
                when,
            )
        });
        writeln!(
            out,
            "  unique {}{}",
            names(&unique.fields),
            when.map_or_else(String::new, |it| format!(" when {it}"))
        )
        .unwrap();
    }
    for index in &entity.indexes {
        writeln!(out, "  index {}", names(&index.fields)).unwrap();
    }
    for check in &entity.checks {
        writeln!(out, "  check {}", check.text).unwrap();
    }
    for inverse in &entity.inverses {
        writeln!(
            out,
            "  {} <- {}",
            inverse.name, design.entities[inverse.entity].name
        )
        .unwrap();
    }
    for states in &entity.states {
        for it in &states.transitions {
            let name = |id| design.variant_name(states.of, id);
            let by = it.claimed_by.map_or("", |id| entity.actions[id].name.as_str());
            writeln!(out, "  {} -> {} {by}", name(it.from), name(it.to)).unwrap();
        }
    }
    for rule in &entity.rules {
        writeln!(out, "  {}", rule.text).unwrap();
    }
}

fn resource_lines(out: &mut String, design: &Design, resource: &Resource) {
    let path: Vec<String> = resource
        .path
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Caller { name } => format!("{{{name} = caller}}"),
            Segment::Parent(parent) => format!("{{{}}}", parent.name),
            Segment::Item => unreachable!("no resource has its own row in its path"),
        })
        .collect();
    let entity = &design.entities[resource.entity];
    let names = |fields: &[groma_ir::design::FieldId]| {
        let names: Vec<&str> = fields.iter().map(|id| entity.fields[*id].name.as_str()).collect();
        names.join(", ")
    };
    writeln!(out, "/{} by {}", path.join("/"), entity.fields[resource.by].name).unwrap();
    if let Some(list) = &resource.list {
        let filters: Vec<_> = list.filters.iter().map(|it| it.field).collect();
        let page = list.page;
        writeln!(
            out,
            "  list filter {} search {} sort {} page {:?} {} max {} {:?}",
            names(&filters),
            names(&list.search),
            names(&list.sort.iter().map(|it| it.field).collect::<Vec<_>>()),
            page.mode,
            page.default,
            page.max,
            list.shape
        )
        .unwrap();
    }
    if let Some(create) = &resource.create {
        writeln!(out, "  create {} -> {}", names(&create.accept), create.status).unwrap();
    }
    for (word, write) in [("update", &resource.update), ("replace", &resource.replace)] {
        if let Some(write) = write {
            writeln!(out, "  {word} {}", names(&write.accept)).unwrap();
        }
    }
    for (is_there, word) in [
        (resource.read.is_some(), "read"),
        (resource.delete.is_some(), "delete"),
    ] {
        if is_there {
            writeln!(out, "  {word}").unwrap();
        }
    }
    for route in &resource.actions {
        let action = &entity.actions[route.action];
        writeln!(
            out,
            "  action {} {:?}",
            action.name,
            action
                .sets
                .iter()
                .map(|(id, to)| format!("{} = {to:?}", entity.fields[*id].name))
                .collect::<Vec<_>>()
        )
        .unwrap();
    }
}

const AUTH: &str = r#"
auth { issuer env ISSUER; jwks "/jwks"; audience env AUDIENCE; algorithms EdDSA; caller User from claim sub; roles user < admin from claim role default user }
entity User external table "user" { id: text(1..64) key; name: text(1..100) }
"#;

#[test]
fn a_small_design_is_whole() {
    let text = format!(
        "{AUTH}
entity Category {{
  id: uuid key
  title: text(1..200) trim
  slug: slug(3..40) unique
  owner: User = caller readonly
  parent: Category? on delete set null
  children: [Category] via parent
  seen: datetime on update now
  secret: text(..9)? internal column \"hush\"
  pin: text(4..4)? writeonly
  token: secret(32) internal
  timestamps
  index slug, title
  unique owner, title when parent == none
  check title != slug
}}
access Category {{ allow all to owner }}
resource /categories for Category by slug
"
    );
    check(
        &text,
        &expect![[r#"
        User ExternalTable user (users)
          id: text(1..64), Caller, Open, key
          name: text(1..100), Caller, Open
        Category Managed categories (categories)
          id: uuid, Server, Open, key
          title: text(1..200), Caller, Open
          slug: slug(3..40), Caller, Open
          owner_id: User = the caller, Server, Open, owner
          parent_id: Category?, Caller, Open, SetNull
          seen: datetime = the time of the request, Server, Open, touch
          secret: text(..9)? column hush, Caller, Internal
          pin: text(4..4)?, Caller, WriteOnly
          token: secret(32), Server, Internal
          created_at: datetime = the time of the request, Server, Open
          updated_at: datetime = the time of the request, Server, Open, touch
          unique slug
          unique owner, title when `parent_id` is empty
          index slug, title
          check title != slug
          children <- Category
          allow all to owner
        /categories by slug
          list filter title, slug, owner, parent search  sort  page Cursor 20 max 100 Object { items: "items" }
          create title, slug, parent, pin -> 201
          update title, slug, parent, pin
          read
          delete
    "#]],
    );
}

#[test]
fn states_actions_and_blocks_say_what_they_do() {
    let text = format!(
        "{AUTH}
enum State {{ open, done, gone }}
entity Task {{
  id: int key
  state: State = open
  done: bool = false
  at: datetime? readonly
  who: User?
  owner: User = caller readonly
  states state {{ open -> done, gone; done -> open }}
}}
access Task {{
  allow read, create, finish, toggle to owner  # the rest is for admins
  allow all to admin
    except owner
    when state in (open, done)
}}
resource /{{user_id = caller}}/tasks for Task {{
  list {{ filter state; sort -at; page offset 5 max 7; as {{ tasks: items }} }}
  create {{ accept who, state; status 200 }}
  replace
  action finish {{ from open to done; set at = now + 1h, who = caller }}
  action toggle {{ input note: text(..9)?; set done = not done; set at = none }}
}}
"
    );
    check(
        &text,
        &expect![[r#"
            User ExternalTable user (users)
              id: text(1..64), Caller, Open, key
              name: text(1..100), Caller, Open
            Task Managed tasks (tasks)
              id: int, Server, Open, key
              state: State = `open`, Caller, Open
              done: bool = `false`, Caller, Open
              at: datetime?, Server, Open
              who_id: User?, Caller, Open
              owner_id: User = the caller, Server, Open, owner
              open -> done finish
              open -> gone 
              done -> open 
              allow read, create, finish, toggle to owner
              allow all to admin except owner when state in (open, done)
            /{user_id = caller}/tasks by id
              list filter state search  sort at page Offset 5 max 7 Object { items: "tasks" }
              create state, who -> 200
              replace state, done, who
              action finish ["at = Term(Now { offset: 3600 })", "who = Term(Caller)"]
              action toggle ["done = Not(FieldId(2))", "at = Term(Value(None))"]
        "#]],
    );
}

#[test]
fn literals_take_the_form_of_their_type() {
    let text = r#"
entity Thing {
  id: uuid key
  a: decimal(6, 2) = 12.5
  b: decimal(6, 2) = -0.50
  c: decimal(6, 0) = 7
  d: time = 09:30
  e: datetime = 2026-03-01T00:30:00+02:00
  f: datetime = 2024-12-31T23:30:00.25-01:00
  g: date = 2026-11-21
  h: [int](..3) = [1, -2]
  i: float = 2
  j: datetime = now - 90m
  k: uuid = "0123ABCD-0123-0123-0123-0123456789AB"
}
"#;
    check(
        text,
        &expect![[r#"
        Thing Managed things (things)
          id: uuid, Server, Open, key
          a: decimal(6, 2) = `12.50`, Caller, Open
          b: decimal(6, 2) = `-0.50`, Caller, Open
          c: decimal(6, 0) = `7`, Caller, Open
          d: time = `09:30:00`, Caller, Open
          e: datetime = `2026-02-28T22:30:00.000000Z`, Caller, Open
          f: datetime = `2025-01-01T00:30:00.250000Z`, Caller, Open
          g: date = `2026-11-21`, Caller, Open
          h: [int](0..3) = `[1, -2]`, Caller, Open
          i: float = `2`, Caller, Open
          j: datetime = 90 minutes before the time of the request, Caller, Open
          k: uuid = `0123abcd-0123-0123-0123-0123456789ab`, Caller, Open
    "#]],
    );
}

#[test]
fn silent_defaults_are_on_record() {
    let design = design(&format!(
        "{AUTH}
entity Note {{ id: uuid key; title: text(1..9); project: Project; owner: User = caller readonly }}
entity Project {{ id: uuid key }}
access Note {{ allow all to owner }}
resource /notes for Note
"
    ));
    let lines: Vec<String> = design
        .assumptions
        .iter()
        .map(|it| format!("{}: {}", it.subject, it.text))
        .collect();
    expect![[r#"
        service.limits.body: A body of more than 256 KB is refused.
        service.limits.rate: How often a caller may call is not limited.
        service.cors: No other origin may call from a browser.
        auth.leeway: A token is accepted up to 30 seconds after it expired, for clocks that differ.
        Note.project.on_delete: A project cannot be deleted while notes refer to it by `project`.
        Note.list.page: A list of Note has 20 rows a page, 100 at most, by cursor.
        Note.list.sort: A list of notes is sorted by `id`, the oldest first.
        Note.routes: The routes of Note are list, create, read, update and delete, with every field that may be written."#]].assert_eq(&lines.join("\n"));
}
