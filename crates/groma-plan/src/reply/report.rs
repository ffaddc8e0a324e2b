//! The object of a report, from one row of numbers.

use groma_ir::Model;
use groma_ir::http::{Member, MemberKind, SchemaKind};

use super::{Encode, Row, write_string};
use crate::decode::shape::One;

/// How a report is written: its numbers stand in the row in this order.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    members: Vec<ReportMember>,
}

#[derive(Clone, Debug)]
struct ReportMember {
    /// `"total":`
    name: Vec<u8>,
    /// The names of its numbers, `"high":`; none when it is a single number.
    parts: Vec<Vec<u8>>,
    encode: Encode,
}

impl ReportPlan {
    pub(crate) fn new(model: &Model, schema: &SchemaKind) -> Self {
        let members = match schema {
            SchemaKind::Report(members) => members.as_slice(),
            _ => &[],
        };
        Self {
            members: members
                .iter()
                .filter_map(|member| report_member(model, member))
                .collect(),
        }
    }

    /// Writes the report.
    pub fn write(&self, row: &dyn Row, out: &mut Vec<u8>) {
        let mut column = 0;
        let mut separator = b'{';
        for member in &self.members {
            out.push(separator);
            separator = b',';
            out.extend_from_slice(&member.name);
            if member.parts.is_empty() {
                member.encode.write(row.cell(column), out);
                column += 1;
                continue;
            }
            let mut inner = b'{';
            for part in &member.parts {
                out.push(inner);
                inner = b',';
                out.extend_from_slice(part);
                member.encode.write(row.cell(column), out);
                column += 1;
            }
            out.push(b'}');
        }
        if separator == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
    }
}

fn report_member(model: &Model, member: &Member) -> Option<ReportMember> {
    let (parts, ty) = match &member.kind {
        MemberKind::Measure(_, ty) => (Vec::new(), ty),
        MemberKind::PerVariant(_, of, ty) => {
            let variants = model.design.enums[*of].variants.iter();
            (variants.map(|variant| key(&variant.name)).collect(), ty)
        }
        MemberKind::PerBool(_, ty) => (vec![key("true"), key("false")], ty),
        MemberKind::Field(..) | MemberKind::Embedded(..) | MemberKind::Input(..) => return None,
    };
    let encode = Encode::of(&One::of(&model.design, ty), true);
    Some(ReportMember {
        name: key(&member.name),
        parts,
        encode,
    })
}

/// `"title":`
pub(super) fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 3);
    write_string(&mut key, name);
    key.push(b':');
    key
}
