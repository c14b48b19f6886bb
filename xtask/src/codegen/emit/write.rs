//! The body of `write`: fields in the schema's order, then tagged fields by tag.
//!
//! A set field that the version lacks is refused unless the schema lets it be dropped, as Kafka does.

use std::fmt::Write as _;

use super::{Of, types};
use crate::codegen::schema::{Field, Struct, Type};
use crate::codegen::versions::When;

impl Of<'_> {
    pub fn write_body(&self, structure: &Struct<'_>) -> anyhow::Result<String> {
        let mut code = self.flexible_line();
        for field in self.fields(structure).filter(|field| field.tag.is_none()) {
            let flexible = if field.never_flexible { "false" } else { self.flexible_argument() };
            let value = self.write_value(field, flexible);
            match self.when(field) {
                When::If(condition) => {
                    write!(code, "if {condition} {{ {value} }} {}", self.refusal(field)?)?;
                }
                _ => code.push_str(&value),
            }
        }
        code.push_str(&self.write_tags(structure)?);
        Ok(code)
    }

    /// `else if set { refuse }`, for a field that may not be dropped.
    fn refusal(&self, field: &Field) -> anyhow::Result<String> {
        if field.ignorable {
            return Ok(String::new());
        }
        Ok(format!(
            "else if {} {{ w.refuse({:?}, version); }}",
            self.is_set(field)?,
            types::snake(&field.name)
        ))
    }

    fn write_tags(&self, structure: &Struct<'_>) -> anyhow::Result<String> {
        let mut tagged: Vec<&Field> = self.fields(structure).filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        let mut code = String::new();
        for field in tagged.iter().filter(|field| !field.ignorable) {
            if let When::If(condition) = self.when(field) {
                let (name, set) = (types::snake(&field.name), self.is_set(field)?);
                write!(code, "if !({condition}) && {set} {{ w.refuse({name:?}, version); }}")?;
            }
        }
        let mut inner = String::new();
        if tagged.is_empty() {
            inner.push_str("w.uvarint(0);");
        } else {
            let mut sum = Vec::new();
            let mut writes = String::new();
            for field in &tagged {
                let set = self.is_set(field)?;
                let present = match self.tag_condition(field) {
                    Some(condition) => format!("{condition} && {set}"),
                    None => set,
                };
                let name = format!("has_{}", types::snake(&field.name));
                write!(inner, "let {name} = {present};")?;
                sum.push(format!("u32::from({name})"));
                let tag = field.tag.unwrap_or_default();
                write!(
                    writes,
                    "if {name} {{ w.tagged({tag}, |w| {{ {} }}); }}",
                    self.write_value(field, "true")
                )?;
            }
            write!(inner, "w.uvarint({}); {writes}", sum.join(" + "))?;
        }
        match self.flexible() {
            When::Never => {}
            When::Always => code.push_str(&inner),
            When::If(_) => write!(code, "if flexible {{ {inner} }}")?,
        }
        Ok(code)
    }

    fn write_value(&self, field: &Field, flexible: &str) -> String {
        let place = format!("self.{}", types::field_name(field));
        let present = |place: &str| self.write_present(&field.of, place, flexible);
        let nullable = self.write_nullable(&field.of, &place, flexible);
        match self.when_null(field) {
            When::Never => present(&self.borrowed(&field.of, &place)),
            When::Always => nullable,
            When::If(condition) => format!(
                "if !({condition}) && {place}.is_none() {{ w.refuse_null({:?}); }} {nullable}",
                types::snake(&field.name)
            ),
        }
    }

    /// How a value at `place` is passed on.
    fn borrowed(&self, of: &Type, place: &str) -> String {
        match of {
            Type::String | Type::Bytes if self.owns() => format!("&{place}"),
            Type::Array(_) => format!("&{place}"),
            _ => place.to_owned(),
        }
    }

    fn write_present(&self, of: &Type, value: &str, flexible: &str) -> String {
        match of {
            Type::Bool => format!("w.bool({value});"),
            Type::Int8 => format!("w.i8({value});"),
            Type::Int16 => format!("w.i16({value});"),
            Type::Int32 => format!("w.i32({value});"),
            Type::Int64 => format!("w.i64({value});"),
            Type::Uuid => format!("w.uuid({value});"),
            Type::String => format!("w.string({flexible}, {value});"),
            Type::Bytes | Type::Records => format!("w.bytes({flexible}, {value});"),
            Type::Array(element) => {
                format!("w.array({flexible}, {value}, {});", self.write_element(element, flexible))
            }
            Type::Struct(_) => format!("{value}.write(w, version);"),
        }
    }

    fn write_element(&self, element: &Type, flexible: &str) -> String {
        let value = match element {
            Type::Struct(_) | Type::String | Type::Bytes => "each".to_owned(),
            _ => "*each".to_owned(),
        };
        format!("|w, each| {{ {} }}", self.write_present(element, &value, flexible))
    }

    fn write_nullable(&self, of: &Type, place: &str, flexible: &str) -> String {
        let borrowed = if self.owns() { format!("{place}.as_deref()") } else { place.to_owned() };
        match of {
            Type::String => format!("w.nullable_string({flexible}, {borrowed});"),
            Type::Records if self.owns() => format!("w.nullable_records({flexible}, {place}.as_ref());"),
            Type::Bytes | Type::Records => format!("w.nullable_bytes({flexible}, {borrowed});"),
            Type::Array(element) => format!(
                "w.nullable_array({flexible}, {place}.as_deref(), {});",
                self.write_element(element, flexible)
            ),
            other => format!(
                "match &{place} {{ None => w.i8(-1), Some(value) => {{ w.i8(1); {} }} }}",
                self.write_present(other, "value", flexible)
            ),
        }
    }
}
