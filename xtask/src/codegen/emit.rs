//! Rust from schemas: one file per API, a table of the APIs, and the module that binds them.
//!
//! The output is unformatted and without its header; the caller adds both. What a message means is left to the reader of
//! Kafka's documentation: the comments here are facts of the schema.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, ensure};

use super::schema::{Kind, Loaded, Schema, Struct};
use super::versions::When;

mod read;
mod sample;
mod types;
mod write;

/// A file of the generated module.
pub struct Output {
    /// Without `.rs`.
    pub name: String,
    pub code: String,
}

/// One API, or one piece of data that has no API.
pub struct Unit {
    /// `Fetch`.
    pub name: String,
    pub messages: Vec<Loaded>,
}

impl Unit {
    /// Reads the messages of one unit; they share a module, so no two structures may have one name.
    pub fn load(schemas: &Path, name: &str, messages: &[&str]) -> anyhow::Result<Self> {
        let mut taken: Vec<String> = Vec::new();
        let mut loaded: Vec<Loaded> = Vec::new();
        for message in messages {
            let mut next = Loaded::read(schemas, message)?;
            next.rename(&taken);
            taken.extend(next.structs().iter().map(|structure| structure.name.to_owned()));
            loaded.push(next);
        }
        Ok(Self { name: name.to_owned(), messages: loaded })
    }

    fn request(&self) -> Option<&Schema> {
        self.of_kind(Kind::Request)
    }

    fn of_kind(&self, kind: Kind) -> Option<&Schema> {
        self.messages.iter().map(|loaded| &loaded.schema).find(|schema| schema.kind == kind)
    }
}

/// Every file, `mod` last.
pub fn files(units: &[Unit]) -> anyhow::Result<Vec<Output>> {
    let mut outputs = Vec::new();
    for unit in units {
        outputs.push(Output { name: types::snake(&unit.name), code: unit_code(unit)? });
    }
    outputs.push(Output { name: "api_key".to_owned(), code: api_key_code(units)? });
    outputs.push(Output { name: "mod".to_owned(), code: mod_code(units) });
    Ok(outputs)
}

fn unit_code(unit: &Unit) -> anyhow::Result<String> {
    let mut code = String::new();
    for loaded in &unit.messages {
        let of = Of { loaded };
        for structure in loaded.structs() {
            of.declaration(&mut code, &structure)?;
            of.conversion(&mut code, &structure)?;
        }
        of.message(&mut code);
        if let Some(response) = unit.of_kind(Kind::Response).filter(|_| loaded.schema.kind == Kind::Request) {
            let lifetime = if of.borrows(&loaded.schema.name) { "<'a>" } else { "" };
            let others = unit.messages.iter().find(|other| other.schema.name == response.name);
            let borrows = others.is_some_and(|loaded| Of { loaded }.borrows(&response.name));
            let answer = if borrows { format!("{}<'r>", response.name) } else { response.name.clone() };
            write!(
                code,
                "impl<'a> Request<'a> for {}{lifetime} {{ const KEY: ApiKey = ApiKey::{}; type Response<'r> = {answer}; }}",
                loaded.schema.name, unit.name
            )?;
        }
        for structure in loaded.structs() {
            of.sample(&mut code, &structure)?;
        }
        let name = &loaded.schema.name;
        let lifetime = if of.borrows(name) { "<'_>" } else { "" };
        write!(
            code,
            "#[cfg(any(test, feature = \"samples\"))] impl Sample for {name}{lifetime} {{
                fn sample(version: i16, fill: Fill) -> Self {{ Self::filled(version, fill) }} }}"
        )?;
    }
    Ok(imports(&code) + &code)
}

/// The `use` lines that `code` needs.
fn imports(code: &str) -> String {
    let mut lines = String::new();
    if code.contains("Cow<") {
        lines.push_str("use std::borrow::Cow;\n\n");
    }
    let of = [
        ("ApiKey::", "use super::ApiKey;"),
        ("DecodeError", "use crate::error::{DecodeCause, DecodeError, EncodeError};"),
        ("Message<", "use crate::message::Message;"),
        ("Request<'a> for", "use crate::message::Request;"),
        ("SAMPLE_TEXT", "#[cfg(any(test, feature = \"samples\"))] use crate::message::SAMPLE_TEXT;"),
        ("Fill", "#[cfg(any(test, feature = \"samples\"))] use crate::message::{Fill, Sample};"),
        ("Reader", "use crate::reader::Reader;"),
        ("Records<", "use crate::records::Records;"),
        ("Uuid", "use crate::uuid::Uuid;"),
        ("Writer", "use crate::writer::Writer;"),
    ];
    for (needle, line) in of {
        if code.contains(needle) {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    lines + "\n"
}

/// One message, for the functions that write its parts.
pub struct Of<'a> {
    pub loaded: &'a Loaded,
}

impl Of<'_> {
    fn schema(&self) -> &Schema {
        &self.loaded.schema
    }

    /// `flexible` as an expression over `version`.
    fn flexible(&self) -> When {
        self.schema().flexible.when(self.schema().versions)
    }

    /// What to pass as `flexible`: a variable, or a constant when it is the same in every version.
    fn flexible_argument(&self) -> &'static str {
        match self.flexible() {
            When::Always => "true",
            When::Never => "false",
            When::If(_) => "flexible",
        }
    }

    /// The line that sets the variable, if one is needed.
    fn flexible_line(&self) -> String {
        match self.flexible() {
            When::If(condition) => format!("let flexible = {condition};"),
            _ => String::new(),
        }
    }

    fn declaration(&self, code: &mut String, structure: &Struct<'_>) -> anyhow::Result<()> {
        let all = self.schema().versions;
        let lifetime = if self.borrows(structure.name) { "<'a>" } else { "" };
        let derived = self.defaults_are_rusts(structure);
        let derive = if derived { "Clone, Debug, Default, PartialEq" } else { "Clone, Debug, PartialEq" };
        let page = if structure.name == self.schema().name {
            format!("{}, versions {} to {}.", structure.name, all.first, all.last)
        } else {
            format!("A part of {}.", self.schema().name)
        };
        write!(code, "\n/// {page}\n#[derive({derive})]\npub struct {}{lifetime} {{", structure.name)?;
        for field in self.fields(structure) {
            write!(
                code,
                "/// {}\npub {}: {},",
                self.describe(field),
                types::field_name(field),
                self.rust_type(field)
            )?;
        }
        code.push_str("}\n");
        if !derived {
            let lifetime = if lifetime.is_empty() { "" } else { "<'_>" };
            write!(
                code,
                "\nimpl Default for {}{lifetime} {{ fn default() -> Self {{ Self {{",
                structure.name
            )?;
            for field in self.fields(structure) {
                write!(code, "{}: {},", types::field_name(field), self.default_of(field)?)?;
            }
            code.push_str("} } }\n");
        }
        Ok(())
    }

    /// `read` and `write` of one structure.
    fn conversion(&self, code: &mut String, structure: &Struct<'_>) -> anyhow::Result<()> {
        let (generics, of, input) =
            if self.borrows(structure.name) { ("<'a>", "<'a>", "'a") } else { ("", "", "'_") };
        write!(code, "\nimpl{generics} {}{of} {{", structure.name)?;
        writeln!(
            code,
            "fn read(r: &mut Reader<{input}>, version: i16) -> Result<Self, DecodeError> {{ {} }}",
            self.read_body(structure)?
        )?;
        write!(
            code,
            "\nfn write(&self, w: &mut Writer, version: i16) {{ {} }} }}\n",
            self.write_body(structure)?
        )?;
        Ok(())
    }

    fn message(&self, code: &mut String) {
        let schema = self.schema();
        let name = &schema.name;
        let lifetime = if self.borrows(name) { "<'a>" } else { "" };
        let flexible_since = if schema.flexible.is_empty() {
            "i16::MAX".to_owned()
        } else {
            schema.flexible.first.to_string()
        };
        let checked =
            |error: &str| format!("if !Self::VERSIONS.contains(&version) {{ return Err({error}); }}");
        let on_read =
            checked("reader.error(DecodeCause::UnsupportedVersion { message: Self::NAME, version })");
        let on_write = checked("EncodeError::UnsupportedVersion { message: Self::NAME, version }");
        let _ = write!(
            code,
            "\nimpl<'a> Message<'a> for {name}{lifetime} {{
                const NAME: &'static str = \"{name}\";
                const VERSIONS: std::ops::RangeInclusive<i16> = {}..={};
                const FLEXIBLE_SINCE: i16 = {flexible_since};

                fn decode(version: i16, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {{
                    {on_read}
                    Self::read(reader, version)
                }}

                fn encode(&self, version: i16, writer: &mut Writer) -> Result<(), EncodeError> {{
                    {on_write}
                    self.write(writer, version);
                    writer.check()
                }}
            }}\n",
            schema.versions.first, schema.versions.last
        );
    }
}

/// The enum of the APIs and what the schemas say about each.
fn api_key_code(units: &[Unit]) -> anyhow::Result<String> {
    let mut rows: Vec<(i16, &str, &Schema)> = Vec::new();
    for unit in units {
        if let Some(request) = unit.request() {
            rows.push((request.api_key.context("a request without an API key")?, &unit.name, request));
        }
    }
    rows.sort_by_key(|row| row.0);
    ensure!(rows.windows(2).all(|pair| pair[0].0 != pair[1].0), "two requests have one key");
    let mut code = String::from(
        "use std::ops::RangeInclusive;\n\n/// An API that this codec knows.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[repr(i16)]\npub enum ApiKey {",
    );
    for (key, name, _) in &rows {
        write!(code, "/// {name}.\n{name} = {key},")?;
    }
    code.push_str("}\n\nimpl ApiKey { /// Every API, by number.\npub const ALL: &[Self] = &[");
    for (_, name, _) in &rows {
        write!(code, "Self::{name},")?;
    }
    code.push_str("];\n\n/// The API of that number.\npub const fn from_number(number: i16) -> Option<Self> { Some(match number {");
    for (key, name, _) in &rows {
        write!(code, "{key} => Self::{name},")?;
    }
    code.push_str("_ => return None, }) }\n\n/// Its number on the wire.\npub const fn number(self) -> i16 { self as i16 }\n\n/// Its name in Kafka's schemas.\npub const fn name(self) -> &'static str { match self {");
    for (_, name, _) in &rows {
        write!(code, "Self::{name} => \"{name}\",")?;
    }
    code.push_str("} }\n\n/// The versions of its schema, unstable ones included.\npub const fn schema_versions(self) -> RangeInclusive<i16> { match self {");
    for (_, name, schema) in &rows {
        write!(code, "Self::{name} => {}..={},", schema.versions.first, schema.versions.last)?;
    }
    code.push_str("} }\n\n/// The latest version that is not marked unstable.\npub const fn latest_stable(self) -> i16 { match self {");
    for (_, name, schema) in &rows {
        write!(code, "Self::{name} => {},", schema.versions.last - i16::from(schema.latest_is_unstable))?;
    }
    code.push_str("} }\n\n/// The first flexible version; the highest number when there is none.\npub const fn flexible_since(self) -> i16 { match self {");
    for (_, name, schema) in &rows {
        let since = if schema.flexible.is_empty() {
            "i16::MAX".to_owned()
        } else {
            schema.flexible.first.to_string()
        };
        write!(code, "Self::{name} => {since},")?;
    }
    code.push_str("} } }\n");
    Ok(code)
}

/// Modules, re-exports of the messages, and a macro that walks the requests.
fn mod_code(units: &[Unit]) -> String {
    let mut code = String::from("mod api_key;\n");
    for unit in units {
        let _ = writeln!(code, "pub mod {};", types::snake(&unit.name));
    }
    code.push_str("\npub use api_key::ApiKey;\n");
    for unit in units {
        let names: Vec<&str> = unit.messages.iter().map(|loaded| loaded.schema.name.as_str()).collect();
        let _ = writeln!(code, "pub use {}::{{{}}};", types::snake(&unit.name), names.join(", "));
    }
    code.push_str("\n/// Expands to `$apply! { Key Request Response, … }` with every API.\nmacro_rules! for_every_api { ($apply:ident) => {\n    $apply! {\n");
    for unit in units.iter().filter(|unit| unit.request().is_some()) {
        let name = &unit.name;
        let _ = writeln!(code, "        {name} {name}Request {name}Response,");
    }
    code.push_str("    }\n};\n}\npub(crate) use for_every_api;\n");
    code
}
