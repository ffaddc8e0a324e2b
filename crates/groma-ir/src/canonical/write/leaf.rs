//! What needs no look at the rest of the design.

use super::form;
use crate::design::{Admission, Enum, OnDelete, Rate, Setting, Was};
use crate::scalar::Scalar;

pub(super) fn setting(setting: &Setting) -> form::Setting {
    match setting {
        Setting::Env(name) => form::Setting::Env(name.clone()),
        Setting::Value(value) => form::Setting::Value(value.clone()),
    }
}

pub(super) fn enumeration(of: &Enum) -> form::Enum {
    let variant = |variant: &crate::design::Variant| form::Variant {
        name: variant.name.clone(),
        was: variant.was.clone(),
        doc: variant.doc.clone(),
    };
    form::Enum {
        name: of.name.clone(),
        variants: of.variants.iter().map(variant).collect(),
        doc: of.doc.clone(),
    }
}

pub(super) fn was(of: &Was) -> form::Was {
    form::Was {
        name: of.name.clone(),
        stored: of.stored.clone(),
    }
}

pub(super) fn on_delete(of: OnDelete) -> &'static str {
    match of {
        OnDelete::Cascade => "cascade",
        OnDelete::Restrict => "restrict",
        OnDelete::SetNull => "set_null",
    }
}

pub(super) fn scalar(of: &Scalar) -> form::Scalar {
    let (trim, pattern) = match of {
        Scalar::Text(text) => (text.trim, text.pattern.clone()),
        _ => (false, None),
    };
    form::Scalar {
        ty: of.to_string(),
        trim,
        pattern,
    }
}

pub(super) fn rate(of: Rate) -> form::Rate {
    form::Rate {
        requests: of.requests,
        seconds: of.window,
        per: of.per.name(),
    }
}

pub(super) fn admission(of: Admission) -> form::Admission {
    form::Admission {
        public: of.public,
        limit: of.limit.map(rate),
    }
}
