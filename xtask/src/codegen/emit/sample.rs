//! Sample messages for tests: every field that a version has, at its lowest or highest.
//!
//! They are behind a feature, so that the product does not carry them.

use std::fmt::Write as _;

use super::{Of, types};
use crate::codegen::schema::{Field, Struct, Type};
use crate::codegen::versions::When;

impl Of<'_> {
    pub fn sample(&self, code: &mut String, structure: &Struct<'_>) -> anyhow::Result<()> {
        let lifetime = if self.borrows(structure.name) { "<'_>" } else { "" };
        write!(
            code,
            "\n#[cfg(any(test, feature = \"samples\"))] impl {}{lifetime} {{
                fn filled(version: i16, fill: Fill) -> Self {{ let mut sample = Self::default();",
            structure.name
        )?;
        let mut low = String::new();
        let mut high = String::new();
        for field in self.fields(structure) {
            let name = types::field_name(field);
            let (lowest, highest) = (self.low(field), self.high(field));
            let (open, close) = match self.when(field) {
                When::If(condition) => (format!("if {condition} {{"), "}"),
                _ => (String::new(), ""),
            };
            write!(low, "{open} sample.{name} = {lowest}; {close}")?;
            write!(high, "{open} sample.{name} = {highest}; {close}")?;
        }
        writeln!(
            code,
            "match fill {{ Fill::Default => {{}} Fill::Low => {{ {low} }} Fill::High => {{ {high} }} }} sample }} }}"
        )?;
        Ok(())
    }

    fn low(&self, field: &Field) -> String {
        let value = self.lowest(&field.of);
        match self.when_null(field) {
            When::Never => value,
            When::Always => "None".to_owned(),
            When::If(condition) => format!("if {condition} {{ None }} else {{ Some({value}) }}"),
        }
    }

    fn high(&self, field: &Field) -> String {
        let value = self.highest(&field.of);
        if self.when_null(field) == When::Never { value } else { format!("Some({value})") }
    }

    fn lowest(&self, of: &Type) -> String {
        match of {
            Type::Bool => "false".to_owned(),
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => format!("{}::MIN", self.base_type(of)),
            Type::Uuid => "Uuid::ZERO".to_owned(),
            Type::String if self.owns() => "Cow::Borrowed(\"\")".to_owned(),
            Type::String => "\"\"".to_owned(),
            Type::Bytes if self.owns() => "Cow::Borrowed(&[])".to_owned(),
            Type::Records if self.owns() => "Records::EMPTY".to_owned(),
            Type::Bytes | Type::Records => "&[]".to_owned(),
            Type::Array(_) => "Vec::new()".to_owned(),
            Type::Struct(name) => format!("{name}::filled(version, fill)"),
        }
    }

    fn highest(&self, of: &Type) -> String {
        match of {
            Type::Bool => "true".to_owned(),
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => format!("{}::MAX", self.base_type(of)),
            Type::Uuid => "Uuid([0xFF; 16])".to_owned(),
            Type::String if self.owns() => "Cow::Borrowed(SAMPLE_TEXT)".to_owned(),
            Type::String => "SAMPLE_TEXT".to_owned(),
            Type::Bytes if self.owns() => "Cow::Borrowed(SAMPLE_TEXT.as_bytes())".to_owned(),
            Type::Records if self.owns() => "Records::Slice(SAMPLE_TEXT.as_bytes())".to_owned(),
            Type::Bytes | Type::Records => "SAMPLE_TEXT.as_bytes()".to_owned(),
            Type::Array(element) => format!("vec![{0}, {0}]", self.highest(element)),
            Type::Struct(name) => format!("{name}::filled(version, fill)"),
        }
    }
}
