//! Rust names, types and defaults of fields.
//!
//! Requests and data borrow (`&'a str`); responses hold `Cow`, since a server makes some of their strings itself.

use anyhow::Context as _;

use super::Of;
use crate::codegen::schema::{Field, Kind, Struct, Type};
use crate::codegen::versions::{Versions, When};

const KEYWORDS: &[&str] = &["type", "match", "ref", "move", "use", "in", "where", "self"];

/// `TopicId` as `topic_id`.
pub fn snake(name: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !letters[index - 1].is_ascii_uppercase();
        let before_lower = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && index > 0 && (after_lower || before_lower) {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

pub fn field_name(field: &Field) -> String {
    let name = snake(&field.name);
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

impl Of<'_> {
    /// Whether strings and bytes are `Cow`.
    pub fn owns(&self) -> bool {
        self.schema().kind == Kind::Response
    }

    /// The fields that some version has.
    pub fn fields<'s>(&self, structure: &Struct<'s>) -> impl Iterator<Item = &'s Field> {
        let all = self.schema().versions;
        structure.fields.iter().filter(move |field| !field.versions.and(all).is_empty())
    }

    /// Whether the structure has a lifetime.
    pub fn borrows(&self, name: &str) -> bool {
        let structure = Struct { name, fields: self.loaded.named(name) };
        self.fields(&structure).any(|field| self.type_borrows(&field.of))
    }

    pub fn type_borrows(&self, of: &Type) -> bool {
        match of {
            Type::String | Type::Bytes | Type::Records => true,
            Type::Array(element) => self.type_borrows(element),
            Type::Struct(name) => self.borrows(name),
            _ => false,
        }
    }

    /// When the field is in the message.
    pub fn when(&self, field: &Field) -> When {
        field.versions.when(self.schema().versions)
    }

    /// When the field, where it is, may be null.
    pub fn when_null(&self, field: &Field) -> When {
        field.nullable.when(field.versions.and(self.schema().versions))
    }

    pub fn rust_type(&self, field: &Field) -> String {
        let of = self.base_type(&field.of);
        if self.when_null(field) == When::Never { of } else { format!("Option<{of}>") }
    }

    pub fn base_type(&self, of: &Type) -> String {
        match of {
            Type::Bool => "bool".to_owned(),
            Type::Int8 => "i8".to_owned(),
            Type::Int16 => "i16".to_owned(),
            Type::Int32 => "i32".to_owned(),
            Type::Int64 => "i64".to_owned(),
            Type::Uuid => "Uuid".to_owned(),
            Type::String if self.owns() => "Cow<'a, str>".to_owned(),
            Type::String => "&'a str".to_owned(),
            Type::Bytes if self.owns() => "Cow<'a, [u8]>".to_owned(),
            Type::Records if self.owns() => "Records<'a>".to_owned(),
            Type::Bytes | Type::Records => "&'a [u8]".to_owned(),
            Type::Array(element) => format!("Vec<{}>", self.base_type(element)),
            Type::Struct(name) if self.borrows(name) => format!("{name}<'a>"),
            Type::Struct(name) => name.clone(),
        }
    }

    /// The default as an expression of [`Self::rust_type`].
    pub fn default_of(&self, field: &Field) -> anyhow::Result<String> {
        if self.when_null(field) == When::Never {
            return self.base_default(field);
        }
        let null = field.default.as_deref() == Some("null") || field.of == Type::Records;
        Ok(if null { "None".to_owned() } else { format!("Some({})", self.base_default(field)?) })
    }

    fn base_default(&self, field: &Field) -> anyhow::Result<String> {
        let text = field.default.as_deref().filter(|text| !text.is_empty());
        Ok(match &field.of {
            Type::Bool => text.unwrap_or("false").to_owned(),
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => number(text.unwrap_or("0"))?.to_string(),
            Type::Uuid => "Uuid::ZERO".to_owned(),
            Type::String if self.owns() => format!("Cow::Borrowed({:?})", text.unwrap_or_default()),
            Type::String => format!("{:?}", text.unwrap_or_default()),
            Type::Bytes if self.owns() => "Cow::Borrowed(&[])".to_owned(),
            Type::Records if self.owns() => "Records::EMPTY".to_owned(),
            Type::Bytes | Type::Records => "&[]".to_owned(),
            Type::Array(_) => "Vec::new()".to_owned(),
            Type::Struct(name) => format!("{name}::default()"),
        })
    }

    /// Whether `#[derive(Default)]` gives the schema's defaults.
    pub fn defaults_are_rusts(&self, structure: &Struct<'_>) -> bool {
        self.fields(structure).all(|field| {
            let null = self.when_null(field) != When::Never;
            let default = self.default_of(field).unwrap_or_default();
            if null {
                default == "None"
            } else {
                !matches!(field.of, Type::Bool | Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64)
                    || matches!(default.as_str(), "0" | "false")
            }
        })
    }

    /// The condition that `value` (a place expression, `self.x`) differs from the default.
    pub fn is_set(&self, field: &Field) -> anyhow::Result<String> {
        let place = format!("self.{}", field_name(field));
        let default = self.default_of(field)?;
        let empty = field.default.as_deref().is_none_or(str::is_empty);
        Ok(match &field.of {
            _ if default == "None" => format!("{place}.is_some()"),
            Type::Bool => {
                if default == "true" {
                    format!("!{place}")
                } else {
                    place
                }
            }
            Type::String | Type::Bytes | Type::Array(_) if self.when_null(field) != When::Never && empty => {
                format!("{place}.as_ref().is_none_or(|value| !value.is_empty())")
            }
            Type::String | Type::Bytes | Type::Array(_) if empty => format!("!{place}.is_empty()"),
            _ => format!("{place} != {default}"),
        })
    }

    /// The fewest bytes that one element takes in any version.
    pub fn bytes_min(&self, of: &Type) -> usize {
        let all = self.schema().versions;
        (all.first..=all.last).map(|version| self.bytes_min_in(of, version)).min().unwrap_or(1).max(1)
    }

    fn bytes_min_in(&self, of: &Type, version: i16) -> usize {
        let at = Versions { first: version, last: version };
        let flexible = self.schema().flexible.when(at) == When::Always;
        match of {
            Type::Bool | Type::Int8 => 1,
            Type::Int16 => 2,
            Type::Int32 => 4,
            Type::Int64 => 8,
            Type::Uuid => 16,
            Type::String | Type::Bytes | Type::Records | Type::Array(_) if flexible => 1,
            Type::String => 2,
            Type::Bytes | Type::Records | Type::Array(_) => 4,
            Type::Struct(name) => {
                let present = |field: &&Field| field.tag.is_none() && field.versions.when(at) == When::Always;
                let fields = self.loaded.named(name).iter().filter(present);
                let null_struct =
                    |field: &Field| matches!(field.of, Type::Struct(_)) && !field.nullable.and(at).is_empty();
                let bytes = |field: &Field| {
                    if null_struct(field) { 1 } else { self.bytes_min_in(&field.of, version) }
                };
                fields.map(bytes).sum::<usize>() + usize::from(flexible)
            }
        }
    }

    /// The facts of a field in one line.
    pub fn describe(&self, field: &Field) -> String {
        let all = self.schema().versions;
        let mut facts = match self.when(field) {
            When::Always => "Every version".to_owned(),
            _ => format!("Version {}", field.versions.describe(all)),
        };
        match self.when_null(field) {
            When::Never => {}
            When::Always => facts.push_str("; may be null"),
            When::If(_) => {
                facts.push_str(&format!("; may be null in {}", field.nullable.describe(all)));
            }
        }
        if let Some(tag) = field.tag {
            facts.push_str(&format!("; tag {tag}"));
        }
        if let Some(default) = field.default.as_deref().filter(|text| !text.is_empty()) {
            facts.push_str(&format!("; default {default}"));
        }
        facts + "."
    }
}

/// Decimal or `0x…`.
fn number(text: &str) -> anyhow::Result<i64> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.with_context(|| format!("the default `{text}` is no number"))
}
