//! The body of `read`: fields in the schema's order, then tagged fields.
//!
//! A field that the version lacks has its default. An unknown tag is skipped within its size.

use std::fmt::Write as _;

use super::{Of, types};
use crate::codegen::schema::{Field, Struct, Type};
use crate::codegen::versions::When;

impl Of<'_> {
    pub fn read_body(&self, structure: &Struct<'_>) -> anyhow::Result<String> {
        let mut code = self.flexible_line();
        for field in self.fields(structure).filter(|field| field.tag.is_none()) {
            let name = types::field_name(field);
            let value = self.read_value(field, "r", self.flexible_of(field));
            match self.when(field) {
                When::If(condition) => {
                    let default = self.default_of(field)?;
                    write!(code, "let {name} = if {condition} {{ {value} }} else {{ {default} }};")?;
                }
                _ => write!(code, "let {name} = {value};")?,
            }
        }
        code.push_str(&self.read_tags(structure)?);
        let names: Vec<String> = self.fields(structure).map(types::field_name).collect();
        write!(code, "Ok(Self {{ {} }})", names.join(", "))?;
        Ok(code)
    }

    fn flexible_of(&self, field: &Field) -> &'static str {
        if field.never_flexible { "false" } else { self.flexible_argument() }
    }

    fn read_tags(&self, structure: &Struct<'_>) -> anyhow::Result<String> {
        let mut code = String::new();
        let tagged: Vec<&Field> = self.fields(structure).filter(|field| field.tag.is_some()).collect();
        for field in &tagged {
            write!(code, "let mut {} = {};", types::field_name(field), self.default_of(field)?)?;
        }
        let mut inner = String::new();
        if tagged.is_empty() {
            inner.push_str("r.skip_tags()?;");
        } else {
            inner.push_str(
                "for _ in 0..r.tag_count()? { let (tag, mut field) = r.tagged_field()?; match tag {",
            );
            for field in &tagged {
                let guard = match self.tag_condition(field) {
                    Some(condition) => format!("if {condition}"),
                    None => String::new(),
                };
                let tag = field.tag.unwrap_or_default();
                let value = self.read_value(field, "field", "true");
                write!(
                    inner,
                    "{tag} {guard} => {{ {} = {value}; field.finish()?; }}",
                    types::field_name(field)
                )?;
            }
            inner.push_str("_ => {} } }");
        }
        match self.flexible() {
            When::Never => {}
            When::Always => code.push_str(&inner),
            When::If(_) => write!(code, "if flexible {{ {inner} }}")?,
        }
        Ok(code)
    }

    /// When a tagged field is in a flexible version; `None` when it is in all of them.
    pub fn tag_condition(&self, field: &Field) -> Option<String> {
        let all = self.schema().versions;
        match field.versions.when(self.schema().flexible.and(all)) {
            When::Always => None,
            other => Some(other.expression()),
        }
    }

    /// An expression of the field's type that reads it from `r`.
    fn read_value(&self, field: &Field, r: &str, flexible: &str) -> String {
        let never = self.read_present(&field.of, r, flexible);
        let always = self.read_nullable(&field.of, r, flexible);
        match self.when_null(field) {
            When::Never => never,
            When::Always => always,
            When::If(condition) => format!("if {condition} {{ {always} }} else {{ Some({never}) }}"),
        }
    }

    fn read_present(&self, of: &Type, r: &str, flexible: &str) -> String {
        match of {
            Type::Bool => format!("{r}.bool()?"),
            Type::Int8 => format!("{r}.i8()?"),
            Type::Int16 => format!("{r}.i16()?"),
            Type::Int32 => format!("{r}.i32()?"),
            Type::Int64 => format!("{r}.i64()?"),
            Type::Uuid => format!("{r}.uuid()?"),
            Type::String if self.owns() => format!("Cow::Borrowed({r}.string({flexible})?)"),
            Type::String => format!("{r}.string({flexible})?"),
            Type::Bytes if self.owns() => format!("Cow::Borrowed({r}.bytes({flexible})?)"),
            Type::Records if self.owns() => format!("Records::Slice({r}.bytes({flexible})?)"),
            Type::Bytes | Type::Records => format!("{r}.bytes({flexible})?"),
            Type::Array(element) => self.read_array("array", element, r, flexible),
            Type::Struct(name) if r == "r" => format!("{name}::read(r, version)?"),
            Type::Struct(name) => format!("{name}::read(&mut {r}, version)?"),
        }
    }

    fn read_array(&self, function: &str, element: &Type, r: &str, flexible: &str) -> String {
        let read = match element {
            Type::Struct(name) => format!("|r| {name}::read(r, version)"),
            Type::Int32 => "Reader::i32".to_owned(),
            other => {
                let read = self.read_present(other, "r", flexible);
                read.strip_suffix('?').map_or_else(|| format!("|r| Ok({read})"), |read| format!("|r| {read}"))
            }
        };
        format!("{r}.{function}({flexible}, {}, {read})?", self.bytes_min(element))
    }

    fn read_nullable(&self, of: &Type, r: &str, flexible: &str) -> String {
        match of {
            Type::String if self.owns() => format!("{r}.nullable_string({flexible})?.map(Cow::Borrowed)"),
            Type::String => format!("{r}.nullable_string({flexible})?"),
            Type::Bytes if self.owns() => format!("{r}.nullable_bytes({flexible})?.map(Cow::Borrowed)"),
            Type::Records if self.owns() => format!("{r}.nullable_bytes({flexible})?.map(Records::Slice)"),
            Type::Bytes | Type::Records => format!("{r}.nullable_bytes({flexible})?"),
            Type::Array(element) => self.read_array("nullable_array", element, r, flexible),
            other => format!(
                "if {r}.i8()? < 0 {{ None }} else {{ Some({}) }}",
                self.read_present(other, r, flexible)
            ),
        }
    }
}
