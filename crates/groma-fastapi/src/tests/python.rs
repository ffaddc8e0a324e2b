use expect_test::{Expect, expect};

use crate::python::{Block, Doc, Imports, Module, string};

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that a case reads as text and expectation"
)]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(text);
}

fn names(count: usize, name: &str) -> Vec<Doc> {
    (0..count).map(|at| Doc::text(format!("{name}_{at}"))).collect()
}

#[test]
fn what_fits_stands_on_a_line_and_what_does_not_opens_its_outermost_brackets() {
    let mut block = Block::new();
    block.statement("x = ", &Doc::call("f", names(3, "argument")), "");
    block.statement("x = ", &Doc::call("f", names(12, "argument")), "");
    let inner = Doc::call("inner", names(11, "argument"));
    let whole = Doc::call(
        "outer",
        [
            Doc::named("one", inner),
            Doc::named("two", Doc::list(names(2, "item"))),
        ],
    );
    block.inner(|block| {
        block.statement("return ", &whole, "").line("pass");
    });
    check(
        &text(block),
        expect![[r#"
        """Test."""

        x = f(argument_0, argument_1, argument_2)
        x = f(
            argument_0,
            argument_1,
            argument_2,
            argument_3,
            argument_4,
            argument_5,
            argument_6,
            argument_7,
            argument_8,
            argument_9,
            argument_10,
            argument_11,
        )
            return outer(
                one=inner(
                    argument_0,
                    argument_1,
                    argument_2,
                    argument_3,
                    argument_4,
                    argument_5,
                    argument_6,
                    argument_7,
                    argument_8,
                    argument_9,
                    argument_10,
                ),
                two=[item_0, item_1],
            )
            pass
    "#]],
    );
}

#[test]
fn arguments_share_a_line_where_they_can_and_the_items_of_a_list_never_do() {
    let mut block = Block::new();
    let constraint = Doc::call("Constraint", names(2, "a_rather_long_argument_of_a_call"));
    let chained = Doc::join([Doc::call("Index", names(5, "an_argument")), ".of()".into()]);
    block.statement("x = ", &Doc::tuple([constraint, chained]), "");
    let text = "Only with `include=project`; null when there is none, or none that the caller may see.";
    let described = Doc::call("Field", [Doc::named("description", Doc::prose(text))]);
    let annotated = Doc::of("Annotated", [Doc::text("str"), described]);
    let order = Doc::of("Annotated", [Doc::call("order", names(6, "name"))]);
    block.inner(|block| {
        block.statement("y: ", &Doc::join([annotated, " = None".into()]), "");
        let first = Doc::tuple([Doc::text("\"-created_at\"")]);
        block.statement("z: ", &Doc::join([order, " = ".into(), first]), "");
    });
    check(
        &self::text(block),
        expect![[r#"
            """Test."""

            x = (
                Constraint(a_rather_long_argument_of_a_call_0, a_rather_long_argument_of_a_call_1),
                Index(an_argument_0, an_argument_1, an_argument_2, an_argument_3, an_argument_4).of(),
            )
                y: Annotated[
                    str,
                    Field(
                        description="Only with `include=project`; null when there is none, or none that the "
                        "caller may see."
                    ),
                ] = None
                z: Annotated[order(name_0, name_1, name_2, name_3, name_4, name_5)] = ("-created_at",)
        "#]],
    );
}

#[test]
fn chains_and_operators_get_brackets_and_a_line_each() {
    let mut block = Block::new();
    let chain = |count| {
        let links = (0..count).map(|at| Doc::call(format!(".where_{at}"), names(2, "condition")));
        Doc::Chain([Doc::text("select(Task)")].into_iter().chain(links).collect())
    };
    block.statement("rows = ", &chain(2), "");
    block.statement("rows = ", &chain(4), "");
    let either = Doc::Infix {
        operator: "or",
        parts: names(12, "operand"),
    };
    block.statement("return ", &either, "");
    block.statement("", &Doc::call("session.exec", [chain(4)]), "");
    check(
        &text(block),
        expect![[r#"
        """Test."""

        rows = select(Task).where_0(condition_0, condition_1).where_1(condition_0, condition_1)
        rows = (
            select(Task)
            .where_0(condition_0, condition_1)
            .where_1(condition_0, condition_1)
            .where_2(condition_0, condition_1)
            .where_3(condition_0, condition_1)
        )
        return (
            operand_0
            or operand_1
            or operand_2
            or operand_3
            or operand_4
            or operand_5
            or operand_6
            or operand_7
            or operand_8
            or operand_9
            or operand_10
            or operand_11
        )
        session.exec(
            select(Task)
            .where_0(condition_0, condition_1)
            .where_1(condition_0, condition_1)
            .where_2(condition_0, condition_1)
            .where_3(condition_0, condition_1)
        )
    "#]],
    );
}

#[test]
fn a_module_has_its_imports_in_order() {
    let mut imports = Imports::default();
    imports.name("app.core.db", "SessionDep");
    imports.name("sqlmodel", "select");
    imports.name("sqlmodel", "Field");
    imports.name("sqlmodel", "MAX");
    imports.name("sqlmodel", "Field");
    imports.module("json");
    imports.name("typing", "Annotated");
    for at in 0..9 {
        imports.name("app.tasks.schemas", &format!("TaskSchema{at}"));
    }
    let mut module = Module::new("What it is for. ".repeat(12));
    module.imports = imports;
    let mut block = Block::new();
    block.line("class A:").inner(|block| {
        block.doc("One line.").line("x: int");
    });
    module.push(block);
    check(
        &module.text(),
        expect![[r#"
            """What it is for.

            What it is for. What it is for. What it is for. What it is for. What it is for. What it is for.
            What it is for. What it is for. What it is for. What it is for. What it is for.
            """

            import json
            from typing import Annotated

            from sqlmodel import MAX, Field, select

            from app.core.db import SessionDep
            from app.tasks.schemas import (
                TaskSchema0,
                TaskSchema1,
                TaskSchema2,
                TaskSchema3,
                TaskSchema4,
                TaskSchema5,
                TaskSchema6,
                TaskSchema7,
                TaskSchema8,
            )


            class A:
                """One line."""
                x: int
        "#]],
    );
}

#[test]
fn prose_of_a_design_cannot_leave_its_quotes() {
    assert_eq!(string("it's \"x\""), r#"'it\'s "x"'"#);
    assert_eq!(string("a\u{202e}b\n\\"), r#""a\u202eb\n\\""#);
    let mut block = Block::new();
    block
        .doc("It ends\"\"\"\nimport os \\ and \"so on\"")
        .comment("one\nimport os")
        .doc("a \"b\"");
    check(
        &text(block),
        expect![[r#"
            """Test."""

            """It ends''' import os \\ and "so on" """
            # one import os
            """a "b" """
        "#]],
    );
}

fn text(block: Block) -> String {
    let mut module = Module::new("Test.");
    module.push(block);
    module.text()
}

#[test]
fn whoever_takes_the_session_waits_and_nobody_else() {
    let mut module = Module::new("Test.").waiting(true);
    module.imports.name("sqlmodel", "Session");
    let mut block = Block::new();
    let takes = [Doc::text("session: Session"), Doc::text("key: UUID")];
    block.statement("", &Doc::call("def get_task", takes), " -> Task:");
    block.inner(|body| {
        let rows = Doc::join([
            Doc::call("session.execute", [Doc::text("statement")]),
            Doc::text(".one()"),
        ]);
        body.statement("row = ", &rows, "");
        body.line("keys = set(session.scalars(statement))");
        body.line("session.add(row)");
        body.line("if not hooks.may(session, key):");
        body.inner(|body| {
            body.line("return others.first(session).title");
        });
        body.line("return [each(row) for row in session.scalars(statement)]");
    });
    module.push(block);
    let mut block = Block::new();
    block.statement("", &Doc::call("def kept", [Doc::text("key: UUID")]), " -> None:");
    block.inner(|body| {
        body.line("return Change(then=lambda session, row: then(session, row))");
    });
    module.push(block);
    check(
        &module.text(),
        expect![[r#"
            """Test."""

            from sqlalchemy.ext.asyncio import AsyncSession


            async def get_task(session: AsyncSession, key: UUID) -> Task:
                row = (await session.execute(statement)).one()
                keys = set(await session.scalars(statement))
                session.add(row)
                if not await hooks.may(session, key):
                    return (await others.first(session)).title
                return [each(row) for row in await session.scalars(statement)]


            def kept(key: UUID) -> None:
                return Change(then=lambda session, row: then(session, row))
        "#]],
    );
}

#[test]
fn a_line_of_long_names_is_broken_as_the_formatter_breaks_it() {
    let long = "a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line";
    let mut block = Block::new();
    block
        .line(&format!("yield column(Row.{long}).in_(query.{long})"))
        .line(&format!("return column(row.{long}) == caller.{long}"))
        .line(&format!("{long}: {long} | MISSING = MISSING"))
        .line(&format!(
            "return {{{long}: row for row in session.scalars({long})}}"
        ))
        .line(&format!("def f(a: {long}, b: {long}) -> None:"));
    expect![[r#"
        yield column(Row.a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line).in_(
            query.a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line
        )
        return (
            column(row.a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line)
            == caller.a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line
        )
        a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line: (
            a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line | MISSING
        ) = MISSING
        return {
            a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line: row
            for row in session.scalars(a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line)
        }
        def f(
            a: a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line,
            b: a_name_that_is_so_long_that_two_of_it_do_not_stand_on_one_line,
        ) -> None:
    "#]]
    .assert_eq(&block.text());
}
