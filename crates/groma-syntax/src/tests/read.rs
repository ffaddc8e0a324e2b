//! Reading what is right.

use groma_diag::{FileId, Sources};

use super::findings;
use crate::ast::{self, AstNode, Clause, Cond, Declaration, Member, Modifier, ResourceItem, Term, TypeArg};
use crate::{Parsed, parse_file};

pub(super) const TASKS: &str = include_str!("fixtures/tasks.groma");
pub(super) const TEAMS: &str = include_str!("fixtures/teams.groma");
pub(super) const JOURNAL: &str = include_str!("fixtures/journal.md");

fn parse(path: &str, text: &str) -> Parsed {
    parse_file(FileId(0), path, text)
}

#[test]
fn whole_programs_read_without_a_word() {
    for (path, text) in [
        ("tasks.groma", TASKS),
        ("teams.groma", TEAMS),
        ("journal.md", JOURNAL),
    ] {
        assert_eq!(findings(path, text), "", "{path}");
    }
    assert_eq!(parse("tasks.groma", TASKS).declarations().len(), 15);
    assert_eq!(parse("teams.groma", TEAMS).declarations().len(), 13);
    assert_eq!(parse("journal.md", JOURNAL).declarations().len(), 7);
}

#[test]
fn words_of_the_grammar_can_be_names() {
    let text = "entity when {
  entity: text(..9)
  filter: text(..9)
  when: date?
  and: bool = false
  over: bool = false
  key: uuid key
  count: int(0..9) = 0
  matches: [status] via action
  unique when, over
  index filter, key when and == true
  check over or not and
}
enum status {
  over
  and
  because
  entity
  access
}
access when { allow public, status(filter) to owner, key when filter == none }
resource /access/for/{resource} for when {
  list { filter filter, when; sort -status, count; search search }
  create { accept accept, from, status }
  action action { from from, to to set; set set = now; error error 409 when when == none }
  report report { count: count; sum: sum(count) per status }
}
";
    assert_eq!(findings("words.groma", text), "");
}

#[test]
fn a_markdown_fence_and_a_plain_file_say_the_same() {
    let plain = parse("tasks.groma", TASKS);
    let fenced = parse("tasks.md", &format!("# Tasks\n\n```groma\n{TASKS}```\n"));
    let sources = |parsed: &Parsed| {
        parsed
            .declarations()
            .iter()
            .map(AstNode::source)
            .collect::<Vec<_>>()
    };
    assert_eq!(sources(&plain), sources(&fenced));
}

#[test]
fn spans_are_exact_in_indented_and_quoted_fences() {
    let mut sources = Sources::new();
    let file = sources.add("journal.md", JOURNAL);
    let parsed = parse_file(file, "journal.md", JOURNAL);
    for declaration in parsed.declarations() {
        let (Declaration::Entity(_) | Declaration::Access(_)) = &declaration else {
            continue;
        };
        let text = sources.slice(declaration.span());
        assert!(text.starts_with("entity") || text.starts_with("access"), "{text}");
        assert!(text.ends_with('}'), "{text}");
    }
    let verbs: Vec<String> = parsed
        .declarations()
        .iter()
        .filter_map(|found| match found {
            Declaration::Access(access) => Some(
                access
                    .rules()
                    .flat_map(|rule| rule.verbs())
                    .filter_map(|verb| verb.name())
                    .map(|name| sources.slice(name.span()).to_owned())
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
            _ => None,
        })
        .collect();
    assert_eq!(verbs, ["read read read", "create update"]);
}

#[test]
fn the_paragraph_before_a_fence_describes_its_first_declaration() {
    let parsed = parse("journal.md", JOURNAL);
    let docs: Vec<Option<String>> = parsed
        .declarations()
        .iter()
        .map(|found| found.doc().map(|doc| doc.text))
        .collect();
    let expected = [
        Some("A post is a draft until it is published: `Post.state`, read by `GET /posts`."),
        None,
        Some("Who may read it:"),
        Some("And quoted, of all things:"),
        None,
        None,
        None,
    ];
    assert_eq!(docs.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

#[test]
fn comments_describe_what_follows_or_their_own_line() {
    let text = "## Of the entity.\n## Two lines.\nentity Note {\n  ## Above.\n  id: uuid key\n  a: date ## Behind.\n  b: date\n\n  ## Far.\n\n  c: date\n  # plain\n  d: date\n}\nenum E { a, b }\n";
    let parsed = parse("a.groma", text);
    let Some(Declaration::Entity(note)) = parsed.declarations().into_iter().next() else {
        panic!("an entity")
    };
    let doc = |node: Option<ast::Doc>| node.map(|doc| doc.text);
    assert_eq!(doc(note.doc()).as_deref(), Some("Of the entity.\nTwo lines."));
    let fields: Vec<Option<String>> = note.fields().map(|field| doc(field.doc())).collect();
    assert_eq!(
        fields,
        [
            Some("Above.".to_owned()),
            Some("Behind.".to_owned()),
            None,
            None,
            None
        ]
    );
}

#[test]
fn prose_gives_references_code_and_headings() {
    let parsed = parse("journal.md", JOURNAL);
    let references: Vec<_> = parsed
        .prose
        .references
        .iter()
        .map(|found| (found.path.as_str(), found.anchor.as_deref()))
        .collect();
    assert_eq!(
        references,
        [("specs/auth/rules.md", Some("Post")), ("specs/db/users.md", None)]
    );
    let code: Vec<_> = parsed.prose.code.iter().map(|code| code.text.as_str()).collect();
    assert_eq!(code, ["Post.state", "GET /posts"]);
    let heading = &parsed.prose.headings[0];
    assert_eq!(
        (heading.level, heading.text.as_str(), heading.slug.as_str()),
        (1, "The journal", "the-journal")
    );
    for (span, text) in [
        (parsed.prose.references[0].span, "@specs/auth/rules.md#Post"),
        (parsed.prose.code[1].span, "GET /posts"),
    ] {
        assert_eq!(&JOURNAL[span.start as usize..span.end as usize], text);
    }
}

#[test]
fn references_in_code_and_comments_are_not_read() {
    let text = "a@specs/x.md `@specs/in/code.md` (@specs/b_c/__d__.md).\n\n```sh\n@specs/no.md\n```\n\n<!-- @specs/no.md -->\n";
    let parsed = parse("a.md", text);
    let paths: Vec<_> = parsed
        .prose
        .references
        .iter()
        .map(|found| found.path.as_str())
        .collect();
    assert_eq!(paths, ["specs/in/code.md", "specs/b_c/__d__.md"]);
}

#[test]
fn fields_have_types_bounds_and_modifiers() {
    let parsed = parse("tasks.groma", TASKS);
    let errand = parsed.declarations().into_iter().find_map(|found| match found {
        Declaration::Entity(entity) if entity.name().is_some_and(|name| name.is("Errand")) => Some(entity),
        _ => None,
    });
    let errand = errand.expect("the entity is there");
    let field = |name: &str| {
        errand
            .fields()
            .find(|field| field.name().is_some_and(|found| found.is(name)))
            .expect("the field is there")
    };
    let bounds = |name: &str| {
        let Some(TypeArg::Range(range)) = field(name).ty().and_then(|ty| ty.args().next()) else {
            panic!("a range")
        };
        (
            range.min().map(|min| min.source()),
            range.max().map(|max| max.source()),
        )
    };
    assert_eq!(bounds("title"), (Some("1".to_owned()), Some("200".to_owned())));
    assert_eq!(bounds("notes"), (None, Some("5000".to_owned())));
    assert_eq!(bounds("weight"), (Some("-5".to_owned()), Some("5".to_owned())));
    assert_eq!(bounds("tags"), (None, Some("10".to_owned())));
    assert!(field("notes").ty().is_some_and(|ty| ty.is_optional()));
    let tags = field("tags").ty().expect("a type");
    assert!(tags.is_list() && tags.path().is_none());
    assert_eq!(
        tags.element()
            .and_then(|ty| ty.path())
            .map(|path| path.text())
            .as_deref(),
        Some("text")
    );
    let via = |name: &str| field(name).ty().and_then(|ty| ty.via());
    assert!(via("title").is_none());
    let modifiers: Vec<String> = field("owner")
        .modifiers()
        .map(|modifier| match modifier {
            Modifier::Default(default) => default
                .term()
                .map_or_else(String::new, |term| format!("= {}", term.source())),
            Modifier::Flag(flag) => format!("{:?}", flag.kind()),
            Modifier::OnDelete(on) => format!("{:?}", on.action()),
            other => other.source(),
        })
        .collect();
    assert_eq!(modifiers, ["= caller", "Some(Readonly)", "Some(Cascade)"]);
    let Some(ast::DeleteAction::Hole(hole)) = field("list").on_delete().and_then(|on| on.action()) else {
        panic!("a hole")
    };
    assert_eq!(
        hole.words().map(|words| words.text()).as_deref(),
        Some("set null")
    );
    let Some(Term::Arithmetic(sum)) = field("until").default().and_then(|default| default.term()) else {
        panic!("a sum")
    };
    assert!(
        matches!(sum.parts().as_slice(), [(ast::Sign::Plus, Term::Now(_)), (ast::Sign::Plus, Term::Duration(days))] if days.seconds() == Some(604_800))
    );
    let Some(Modifier::Matches(matches)) = field("code").modifiers().next() else {
        panic!("a pattern")
    };
    assert_eq!(matches.pattern().as_deref(), Some("^[A-Z]{2}/[0-9]{5}$"));
    assert_eq!(
        errand
            .members()
            .filter(|member| matches!(member, Member::Check(_)))
            .count(),
        2
    );
}

#[test]
fn conditions_are_trees() {
    let text = "access A { allow read to b when not x and (y == 1 or z not in (p, q)) and new.w.v != none }";
    let parsed = parse("a.groma", text);
    let Some(Declaration::Access(access)) = parsed.declarations().into_iter().next() else {
        panic!("rules")
    };
    let Some(Cond::And(and)) = access.rules().next().and_then(|rule| rule.when()) else {
        panic!("an `and`")
    };
    let operands: Vec<Cond> = and.operands().collect();
    let [
        Cond::Not(_),
        Cond::Term(Term::Paren(paren)),
        Cond::Compare(compare),
    ] = operands.as_slice()
    else {
        panic!("three operands")
    };
    assert!(matches!(compare.right(), Some(Term::None(_))));
    assert_eq!(compare.comparison(), Some(ast::Comparison::NotEqual));
    let Some(Cond::Or(or)) = paren.inner() else {
        panic!("an `or`")
    };
    let Some(Cond::In(within)) = or.operands().nth(1) else {
        panic!("an `in`")
    };
    let Some(Term::List(list)) = within.right() else {
        panic!("a list")
    };
    assert!(within.is_negated());
    assert_eq!(
        list.items().map(|item| item.source()).collect::<Vec<_>>(),
        ["p", "q"]
    );
}

#[test]
fn resources_have_operations_actions_and_reports() {
    let parsed = parse("tasks.groma", TASKS);
    let errands = parsed.declarations().into_iter().filter_map(|found| match found {
        Declaration::Resource(resource) => Some(resource),
        _ => None,
    });
    let errands = errands.last().expect("the resource is there");
    let route = errands.route().expect("a route");
    assert!(route.has_trailing_slash() && errands.is_public());
    let segments: Vec<ast::Segment> = route.segments().collect();
    assert_eq!(
        segments[0].parameter().map(|name| name.text()).as_deref(),
        Some("user_id")
    );
    assert!(matches!(segments[0].binding(), Some(Term::Caller(_))));
    assert_eq!(segments[1].literal().as_deref(), Some("errands"));
    let items: Vec<ResourceItem> = errands.items().collect();
    let ResourceItem::Operations(list) = &items[0] else {
        panic!("the list")
    };
    let page = list.clauses().find_map(|clause| match clause {
        Clause::Page(page) => Some((
            page.mode()?.text(),
            page.size()?.as_integer()?,
            page.max()?.as_integer()?,
        )),
        _ => None,
    });
    assert_eq!(page, Some(("number".to_owned(), 20, 100)));
    let keys = |clause| match clause {
        Clause::Sort(sort) => sort
            .keys()
            .map(|key| (key.source(), key.is_descending()))
            .collect(),
        _ => Vec::new(),
    };
    let keys: Vec<(String, bool)> = list.clauses().flat_map(keys).collect();
    let expected = [("-created_at", true), ("due", false), ("list.name", false)];
    assert_eq!(keys, expected.map(|(key, down)| (key.to_owned(), down)));
    let filters = |clause| match clause {
        Clause::Filter(filter) => filter
            .items()
            .map(|item| (item.source().len(), item.cases().count()))
            .collect(),
        _ => Vec::new(),
    };
    let cases: Vec<usize> = list.clauses().flat_map(filters).map(|(_, cases)| cases).collect();
    assert_eq!(cases, [0, 0, 0, 0, 3]);
    let Some(ResourceItem::Report(report)) = items.last() else {
        panic!("the report")
    };
    let measures: Vec<String> = report
        .measures()
        .map(|measure| {
            let over = measure.over().map_or_else(String::new, |path| path.text());
            let per: Vec<String> = measure.per().map(|path| path.text()).collect();
            format!(
                "{}({over}) per {per:?} {}",
                measure.function().map_or_else(String::new, |name| name.text()),
                measure.when().is_some()
            )
        })
        .collect();
    assert_eq!(
        measures,
        [
            "count() per [] false",
            "count() per [] true",
            "count() per [\"urgency\", \"list\"] true",
            "sum(price) per [] false",
            "max(list.weight) per [\"owner\"] false"
        ]
    );
}

#[test]
fn services_and_auth_are_settings_by_name() {
    let parsed = parse("tasks.groma", TASKS);
    let mut settings = Vec::new();
    for declaration in parsed.declarations() {
        match declaration {
            Declaration::Service(service) => settings.extend(service.items().flat_map(|item| match item {
                ast::ServiceItem::Group(group) => group.settings().collect(),
                _ => Vec::new(),
            })),
            Declaration::Auth(auth) => settings.extend(auth.items().filter_map(|item| match item {
                ast::AuthItem::Setting(setting) => Some(setting),
                _ => None,
            })),
            _ => {}
        }
    }
    let shown: Vec<String> = settings
        .iter()
        .map(|setting| format!("{} {}", setting.name(), setting.values().count()))
        .collect();
    assert_eq!(
        shown,
        [
            "origins 2",
            "credentials 0",
            "body 1",
            "rate 1",
            "validation 1",
            "denied 1",
            "body 1",
            "issuer 1",
            "jwks 1",
            "algorithms 2",
            "audience 1",
            "leeway 1"
        ]
    );
}

#[test]
fn decisions_say_what_they_beat_and_why() {
    let parsed = parse("tasks.groma", TASKS);
    let Some(Declaration::Decision(decision)) = parsed.declarations().into_iter().last() else {
        panic!("a decision")
    };
    assert_eq!(
        decision.subject().map(|path| path.text()).as_deref(),
        Some("Errand.owner.on_delete")
    );
    assert_eq!(
        decision.value().map(|value| value.text()).as_deref(),
        Some("cascade")
    );
    assert_eq!(
        decision.over().map(|value| value.text()).collect::<Vec<_>>(),
        ["restrict", "set null"]
    );
    assert_eq!(
        decision.because().map(|text| text.value()).as_deref(),
        Some("A closed account takes its data along.")
    );
    assert_eq!(
        decision.on().map(|date| date.text()).as_deref(),
        Some("2026-11-21")
    );
}

#[test]
fn a_byte_order_mark_hides_nothing() {
    for (path, text) in [
        ("a.md", "\u{feff}```groma\nenum A { x }\n```\n"),
        ("a.md", "\u{feff}# Title\n\n```groma\nenum A { x }\n```\n"),
        ("a.groma", "\u{feff}enum A { x }\n"),
    ] {
        let parsed = parse(path, text);
        assert_eq!(findings(path, text), "");
        let declarations = parsed.declarations();
        let sources = declarations.iter().map(AstNode::source).collect::<Vec<_>>();
        assert_eq!(sources, ["enum A { x }"]);
        let span = declarations[0].span();
        assert_eq!(&text[span.start as usize..span.end as usize], "enum A { x }");
        assert_eq!(parsed.syntax().text().to_string(), text);
    }
    let titled = parse("a.md", "\u{feff}# Title\n");
    assert_eq!(titled.prose.headings[0].slug, "title");
}

#[test]
fn what_nobody_read_is_left_over() {
    let text = "## first\nenum A { x, y }\nentity B { id: uuid key; n: int(1..9) = 3 }\n";
    let parsed = parse("a.groma", text);
    let left = |reads: &ast::Reads| {
        let spans = reads.unread(&parsed).into_iter();
        spans
            .map(|span| &text[span.start as usize..span.end as usize])
            .collect::<Vec<_>>()
            .join(" ")
    };
    let ((), reads) = ast::record(|| {
        for declaration in parsed.declarations() {
            match declaration {
                Declaration::Enum(it) => drop(it.name().unwrap().text()),
                Declaration::Entity(it) => {
                    let field = it.fields().nth(1).unwrap();
                    assert!(field.name().unwrap().is("n"));
                    let Some(TypeArg::Range(range)) = field.ty().unwrap().args().next() else {
                        panic!("a range")
                    };
                    assert!(range.max().is_some());
                    let Some(Term::Number(min)) = range.min() else {
                        panic!("a number")
                    };
                    assert_eq!(min.as_integer(), Some(1));
                }
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(left(&reads), "x y B id uuid int 9 3");
    assert!(parsed.declarations().len() == 2, "read, and not noted");
    let ((), nothing) = ast::record(|| ());
    assert_eq!(left(&nothing), "A x y B id uuid n int 1 9 3");
}
