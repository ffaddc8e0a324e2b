use expect_test::expect;

use super::example;
use crate::render::{Counts, github, json, sarif, terminal};
use crate::{Diagnostic, Sources, Span};

#[test]
fn people_see_the_source_with_both_places() {
    let (sources, found) = example();
    expect![[r#"
        error[E021]: field `email` is declared twice in `Task`
         --> specs/db/task.md:7:3
          |
        6 |   email: email
          |   ------------ first declared here
        7 |   email: email
          |   ^^^^^^^^^^^^ again here
          |
         ::: specs/db/user, old.md:2:3
          |
        2 |   email: email
          |   ----- and `User` has one too
          |
          = note: names are compared exactly
          = help: rename one of them, or remove the second
          = fix: remove the second  (apply with --fix)

        question[Q103]: what happens to tasks when their project is deleted?
         --> specs/db/task.md:8:31
          |
        8 |   project: Project? on delete TBD(set null)
          |                               ^^^^^^^^^^^^^ provisional: set null
          |
          = 1: set null  task stays, project becomes empty  (recommended)
          = 2: cascade   tasks and their shares are deleted too

    "#]]
    .assert_eq(&terminal::render(&sources, &found, terminal::Terminal::default()));
}

#[test]
fn colour_is_ansi_escapes_and_nothing_else_changes() {
    let (sources, found) = example();
    let coloured = terminal::Terminal {
        colour: true,
        ..terminal::Terminal::default()
    };
    let coloured = terminal::render(&sources, &found, coloured);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    assert_eq!(
        plain,
        terminal::render(&sources, &found, terminal::Terminal::default())
    );
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let mut sources = Sources::new();
    let file = sources.add("a\u{1b}.md", "a\u{1b}[31m b\u{7}\u{202e}c\n");
    let found = Diagnostic::new(&super::DECLARED_TWICE, Span::new(file, 0, 3), "odd \u{1b}[2J")
        .primary_label("\u{1b}]0;title\u{7}")
        .help("\u{9b}31m");
    let shown = terminal::render(&sources, &[found], terminal::Terminal::default());
    let steering = |char: &char| char.is_control() && *char != '\n';
    assert_eq!(shown.chars().filter(steering).count(), 0, "{shown:?}");
}

#[test]
fn places_outside_the_text_are_shown_at_its_end() {
    let mut sources = Sources::new();
    let empty = sources.add("empty.md", "");
    let short = sources.add("short.md", "ü");
    for span in [
        Span::new(empty, 0, 0),
        Span::new(empty, 7, 9),
        Span::new(short, 1, 1),
        Span::new(short, 9, 9),
    ] {
        let found = [Diagnostic::new(&super::DECLARED_TWICE, span, "x")];
        assert!(terminal::render(&sources, &found, terminal::Terminal::default()).contains("error[E021]: x"));
        assert!(json::render(&sources, &found).contains("E021"));
    }
}

#[test]
fn programs_get_everything_in_one_document() {
    let (sources, found) = example();
    expect![[r#"
        {
          "version": 1,
          "diagnostics": [
            {
              "code": "E021",
              "name": "declared-twice",
              "level": "error",
              "message": "field `email` is declared twice in `Task`",
              "path": "specs/db/task.md",
              "line": 7,
              "column": 3,
              "end_line": 7,
              "end_column": 15,
              "start": 60,
              "end": 72,
              "label": "again here",
              "labels": [
                {
                  "path": "specs/db/task.md",
                  "line": 6,
                  "column": 3,
                  "end_line": 6,
                  "end_column": 15,
                  "start": 45,
                  "end": 57,
                  "text": "first declared here"
                },
                {
                  "path": "specs/db/user, old.md",
                  "line": 2,
                  "column": 3,
                  "end_line": 2,
                  "end_column": 8,
                  "start": 16,
                  "end": 21,
                  "text": "and `User` has one too"
                }
              ],
              "notes": [
                "names are compared exactly"
              ],
              "help": [
                "rename one of them, or remove the second"
              ],
              "options": [],
              "fixes": [
                {
                  "title": "remove the second",
                  "safe": true,
                  "edits": [
                    {
                      "path": "specs/db/task.md",
                      "line": 7,
                      "column": 3,
                      "end_line": 7,
                      "end_column": 15,
                      "start": 60,
                      "end": 72,
                      "insert": ""
                    }
                  ]
                }
              ]
            },
            {
              "code": "Q103",
              "name": "on-delete-unsaid",
              "level": "question",
              "message": "what happens to tasks when their project is deleted?",
              "path": "specs/db/task.md",
              "line": 8,
              "column": 31,
              "end_line": 8,
              "end_column": 44,
              "start": 103,
              "end": 116,
              "label": "provisional: set null",
              "labels": [],
              "notes": [],
              "help": [],
              "options": [
                {
                  "text": "set null",
                  "consequence": "task stays, project becomes empty",
                  "edits": [
                    {
                      "path": "specs/db/task.md",
                      "line": 8,
                      "column": 31,
                      "end_line": 8,
                      "end_column": 44,
                      "start": 103,
                      "end": 116,
                      "insert": "set null"
                    }
                  ]
                },
                {
                  "text": "cascade",
                  "consequence": "tasks and their shares are deleted too",
                  "edits": [
                    {
                      "path": "specs/db/task.md",
                      "line": 8,
                      "column": 31,
                      "end_line": 8,
                      "end_column": 44,
                      "start": 103,
                      "end": 116,
                      "insert": "cascade"
                    }
                  ]
                }
              ],
              "fixes": []
            }
          ],
          "summary": {
            "errors": 1,
            "warnings": 0,
            "questions": 1
          }
        }
    "#]]
    .assert_eq(&json::render(&sources, &found));
}

#[test]
fn sarif_carries_rules_places_and_fixes() {
    let (sources, found) = example();
    expect![[r###"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "groma",
                  "version": "0.1.0",
                  "rules": [
                    {
                      "id": "E021",
                      "name": "declared-twice",
                      "shortDescription": {
                        "text": "A name is declared once."
                      },
                      "help": {
                        "text": "## Why\nThe second would shadow the first.\n\n## Bad\nemail: email\nemail: email\n\n## Good\nemail: email\n",
                        "markdown": "## Why\nThe second would shadow the first.\n\n## Bad\nemail: email\nemail: email\n\n## Good\nemail: email\n"
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    }
                  ]
                }
              },
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "ruleId": "E021",
                  "level": "error",
                  "message": {
                    "text": "field `email` is declared twice in `Task`\nnote: names are compared exactly\nhelp: rename one of them, or remove the second"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "specs/db/task.md"
                        },
                        "region": {
                          "startLine": 7,
                          "startColumn": 3,
                          "endLine": 7,
                          "endColumn": 15
                        }
                      },
                      "message": {
                        "text": "again here"
                      }
                    }
                  ],
                  "ruleIndex": 0,
                  "relatedLocations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "specs/db/task.md"
                        },
                        "region": {
                          "startLine": 6,
                          "startColumn": 3,
                          "endLine": 6,
                          "endColumn": 15
                        }
                      },
                      "message": {
                        "text": "first declared here"
                      }
                    },
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "specs/db/user%2C%20old.md"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 3,
                          "endLine": 2,
                          "endColumn": 8
                        }
                      },
                      "message": {
                        "text": "and `User` has one too"
                      }
                    }
                  ],
                  "fixes": [
                    {
                      "description": {
                        "text": "remove the second"
                      },
                      "artifactChanges": [
                        {
                          "artifactLocation": {
                            "uri": "specs/db/task.md"
                          },
                          "replacements": [
                            {
                              "deletedRegion": {
                                "startLine": 7,
                                "startColumn": 3,
                                "endLine": 7,
                                "endColumn": 15
                              },
                              "insertedContent": {
                                "text": ""
                              }
                            }
                          ]
                        }
                      ]
                    }
                  ]
                },
                {
                  "ruleId": "Q103",
                  "level": "note",
                  "message": {
                    "text": "what happens to tasks when their project is deleted?\n1: set null (task stays, project becomes empty)\n2: cascade (tasks and their shares are deleted too)"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "specs/db/task.md"
                        },
                        "region": {
                          "startLine": 8,
                          "startColumn": 31,
                          "endLine": 8,
                          "endColumn": 44
                        }
                      },
                      "message": {
                        "text": "provisional: set null"
                      }
                    }
                  ]
                }
              ]
            }
          ]
        }
    "###]].assert_eq(&sarif::render(&sources, &found, &[&super::DECLARED_TWICE]));
}

#[test]
fn workflow_commands_are_escaped() {
    let (sources, found) = example();
    expect![[r#"
        ::error file=specs/db/task.md,line=7,endLine=7,col=3,endColumn=15,title=E021%3A declared-twice::field `email` is declared twice in `Task`%0Ahelp: rename one of them, or remove the second
        ::notice file=specs/db/task.md,line=8,endLine=8,col=31,endColumn=44,title=Q103%3A on-delete-unsaid::what happens to tasks when their project is deleted?%0A1: set null (task stays, project becomes empty)%0A2: cascade (tasks and their shares are deleted too)
    "#]].assert_eq(&github::render(&sources, &found));
    let mut sources = Sources::new();
    let file = sources.add("a,b:c%.md", "x");
    let odd = Diagnostic::new(
        &super::DECLARED_TWICE,
        Span::new(file, 0, 1),
        "100%\r\n::error::injected",
    );
    expect![[r#"
        ::error file=a%2Cb%3Ac%25.md,line=1,endLine=1,col=1,endColumn=2,title=E021%3A declared-twice::100%25%0D%0A::error::injected
    "#]].assert_eq(&github::render(&sources, &[odd]));
}

#[test]
fn counts_read_as_words() {
    let (_, found) = example();
    assert_eq!(Counts::of(&found).to_string(), "1 error, 1 question");
    assert_eq!(Counts::of(&[]).to_string(), "no findings");
}
