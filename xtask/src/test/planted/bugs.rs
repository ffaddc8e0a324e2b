//! The bugs. A replacement that no longer fits its file is an error, so that no bug silently becomes none.

/// One wrong line.
pub(super) struct Bug {
    /// What is wrong with the server.
    pub(super) what: &'static str,
    /// The file.
    pub(super) file: &'static str,
    /// What stands there, once.
    pub(super) right: &'static str,
    /// What is put in its place.
    pub(super) wrong: &'static str,
    /// Checks of which one at least has to fail.
    pub(super) must_fire: &'static [&'static str],
}

pub(super) const BUGS: [Bug; 6] = [
    Bug {
        what: "no owner in the statement that reads one row",
        file: "crates/groma-sql/src/statements/item.rs",
        right: "    from_key(&mut writer, (entity, key), below);
    and_pred(
        &mut writer,
        &below.readable(&cx, entity),
        Scope::row(entity, &table_name(&cx, entity)),
    );
",
        wrong: "    from_key(&mut writer, (entity, key), below);
",
        must_fire: &["Z03"],
    },
    Bug {
        what: "`exp` is not checked",
        file: "crates/groma-server/src/auth/claims.rs",
        right: "    now >= expires_at + leeway\n",
        wrong: "    false && now >= expires_at + leeway\n",
        must_fire: &["J07"],
    },
    Bug {
        what: "the owner is accepted in a body",
        file: "crates/groma-plan/src/decode/body.rs",
        right: "            members: plans.collect(),\n",
        wrong: "            members: plans
                .chain(schema.entity.into_iter().flat_map(|entity| {
                    let fields = model.design.entities[entity].fields.entries();
                    fields.filter(|(_, field)| matches!(field.default, Some(groma_ir::design::Default::Caller))).map(|(id, field)| {
                        MemberPlan {
                            name: format!(\"{}_id\", field.name),
                            target: Target::Field(id),
                            shape: Shape::of(&model.design, &field.ty),
                            nullable: false,
                            required: false,
                            default: default_plan(model, &field.ty, field.default.as_ref()),
                            refused: Vec::new(),
                        }
                    })
                }))
                .collect(),\n",
        must_fire: &["Z09", "Z10"],
    },
    Bug {
        what: "signatures are not checked",
        file: "crates/groma-server/src/auth/verifier.rs",
        right: "        keys.find(&compact.header)?.verify(compact)?;\n",
        wrong: "        keys.find(&compact.header)?;\n",
        must_fire: &["J02", "J03"],
    },
    Bug {
        what: "no rule in the statement of a list",
        file: "crates/groma-sql/src/statements/list.rs",
        right: "    let parts = split(&readable);\n",
        wrong: "    let parts = split(&Pred::All(Vec::new()));\n    let _ = readable;\n",
        must_fire: &["Z05", "F03"],
    },
    Bug {
        what: "no rule in the statements that write",
        file: "crates/groma-sql/src/statements/change.rs",
        right: "    before.extend(change.before_rules.iter().cloned());\n",
        wrong: "    before.extend(change.before_rules.iter().skip(usize::MAX).cloned());\n",
        must_fire: &["Z02", "Z04", "Z13", "F09"],
    },
];
