//! The schemas as the jar has them: JSON with `//` comments, one message a file.
//!
//! Only facts are read: names, types, versions, tags, nullability, defaults, what may be dropped. Descriptions are not.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use super::versions::Versions;

/// One message.
#[derive(Debug)]
pub struct Schema {
    pub name: String,
    pub kind: Kind,
    pub api_key: Option<i16>,
    pub versions: Versions,
    pub flexible: Versions,
    pub latest_is_unstable: bool,
    pub fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Request,
    Response,
    Header,
    Data,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// As in the schema: `TopicData`.
    pub name: String,
    pub of: Type,
    pub versions: Versions,
    pub nullable: Versions,
    pub tag: Option<u32>,
    /// As in the schema, when there is one.
    pub default: Option<String>,
    pub ignorable: bool,
    /// Whether its length is written the old way even in flexible versions.
    pub never_flexible: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uuid,
    String,
    Bytes,
    Records,
    Array(Box<Type>),
    /// By name; its fields are in [`Schema::structs`].
    Struct(String),
}

/// A structure inside a message, or the message itself.
#[derive(Debug)]
pub struct Struct<'a> {
    pub name: &'a str,
    pub fields: &'a [Field],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    api_key: Option<i16>,
    valid_versions: String,
    flexible_versions: String,
    #[serde(default)]
    latest_version_unstable: bool,
    fields: Vec<RawField>,
    #[serde(default)]
    common_structs: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    name: String,
    #[serde(rename = "type")]
    of: String,
    versions: String,
    nullable_versions: Option<String>,
    tagged_versions: Option<String>,
    tag: Option<u32>,
    default: Option<serde_json::Value>,
    #[serde(default)]
    ignorable: bool,
    flexible_versions: Option<String>,
    #[serde(default)]
    fields: Vec<RawField>,
}

/// A schema and the structures that its fields name.
#[derive(Debug)]
pub struct Loaded {
    pub schema: Schema,
    inner: Vec<(String, Vec<Field>)>,
}

impl Loaded {
    /// Reads `<folder>/<name>.json`.
    pub fn read(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let path = folder.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let raw: RawSchema =
            serde_json::from_str(&without_comments(&text)).with_context(|| name.to_owned())?;
        Self::new(raw).with_context(|| name.to_owned())
    }

    fn new(raw: RawSchema) -> anyhow::Result<Self> {
        ensure!(raw.common_structs.is_empty(), "shared structures are not supported yet");
        let mut inner = Vec::new();
        let fields = read_fields(raw.fields, &mut inner)?;
        let schema = Schema {
            name: raw.name,
            kind: raw.kind,
            api_key: raw.api_key,
            versions: Versions::parse(&raw.valid_versions)?,
            flexible: Versions::parse(&raw.flexible_versions)?,
            latest_is_unstable: raw.latest_version_unstable,
            fields,
        };
        Ok(Self { schema, inner })
    }

    /// The message, then the structures inside it, outermost first.
    pub fn structs(&self) -> Vec<Struct<'_>> {
        let top = Struct { name: &self.schema.name, fields: &self.schema.fields };
        let inner = self.inner.iter().map(|(name, fields)| Struct { name, fields });
        std::iter::once(top).chain(inner).collect()
    }

    /// Gives every inner structure whose name is in `taken` a name of its own, with the message's in front.
    pub fn rename(&mut self, taken: &[String]) {
        let prefix = self.schema.name.clone();
        let clashes: Vec<String> =
            self.inner.iter().map(|(name, _)| name.clone()).filter(|name| taken.contains(name)).collect();
        for clash in clashes {
            let to = format!("{prefix}{clash}");
            let inner = self.inner.iter_mut();
            inner.filter(|(name, _)| *name == clash).for_each(|(name, _)| name.clone_from(&to));
            let all = self.inner.iter_mut().flat_map(|(_, fields)| fields).chain(&mut self.schema.fields);
            all.for_each(|field| field.of.rename(&clash, &to));
        }
    }

    /// The structure of that name.
    pub fn named(&self, name: &str) -> &[Field] {
        let found = self.inner.iter().find(|(of, _)| of == name);
        found.map_or(&self.schema.fields, |(_, fields)| fields)
    }
}

fn read_fields(raw: Vec<RawField>, inner: &mut Vec<(String, Vec<Field>)>) -> anyhow::Result<Vec<Field>> {
    raw.into_iter().map(|field| read_field(field, inner)).collect()
}

fn read_field(raw: RawField, inner: &mut Vec<(String, Vec<Field>)>) -> anyhow::Result<Field> {
    let of = Type::parse(&raw.of)?;
    let versions = Versions::parse(&raw.versions)?;
    let parse_or_none = |text: Option<String>| text.map_or(Ok(Versions::NONE), |text| Versions::parse(&text));
    let tagged = parse_or_none(raw.tagged_versions)?;
    ensure!(raw.tag.is_none() || tagged == versions, "`{}` is tagged in some of its versions only", raw.name);
    if let Some(name) = of.struct_name().filter(|_| !raw.fields.is_empty()) {
        let place = inner.len();
        let fields = read_fields(raw.fields, inner)?;
        ensure!(!inner.iter().any(|(of, _)| of == name), "two structures are called `{name}`");
        inner.insert(place, (name.to_owned(), fields));
    }
    let default = raw.default.map(|value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    });
    Ok(Field {
        name: raw.name,
        of,
        versions,
        nullable: parse_or_none(raw.nullable_versions)?,
        tag: raw.tag,
        default,
        ignorable: raw.ignorable,
        never_flexible: raw.flexible_versions.as_deref() == Some("none"),
    })
}

impl Type {
    fn parse(text: &str) -> anyhow::Result<Self> {
        if let Some(element) = text.strip_prefix("[]") {
            return Ok(Self::Array(Box::new(Self::parse(element)?)));
        }
        Ok(match text {
            "bool" => Self::Bool,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "uuid" => Self::Uuid,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "records" => Self::Records,
            name if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                Self::Struct(name.to_owned())
            }
            other => bail!("the type `{other}` is not supported yet"),
        })
    }

    fn rename(&mut self, from: &str, to: &str) {
        match self {
            Self::Struct(name) if name == from => to.clone_into(name),
            Self::Array(element) => element.rename(from, to),
            _ => {}
        }
    }

    /// The structure that it is or holds.
    pub fn struct_name(&self) -> Option<&str> {
        match self {
            Self::Struct(name) => Some(name),
            Self::Array(element) => element.struct_name(),
            _ => None,
        }
    }
}

/// The text without `//` comments; those inside strings stay.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut in_string = false;
        let mut escaped = false;
        let mut end = line.len();
        for (at, letter) in line.char_indices() {
            match letter {
                '"' if !escaped => in_string = !in_string,
                '/' if !in_string && line[at..].starts_with("//") => {
                    end = at;
                    break;
                }
                _ => {}
            }
            escaped = letter == '\\' && !escaped;
        }
        out.push_str(&line[..end]);
        out.push('\n');
    }
    out
}
