//! Where settings come from: a file, the environment, the command line.
//!
//! Always: a setting that cannot be used is told with its name and with where it came from.

use std::path::Path;

use figment::error::Kind;
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};

/// Prefix of environment variables; `__` goes one level down.
const ENV_PREFIX: &str = "HENCE_";

const ENVIRONMENT: &str = "the environment";

/// Variables with that prefix that the other commands read.
const CLIENT_VARIABLES: &[&str] = &["bootstrap", "admin", "config"];

/// Settings, and what the place is called that they come from.
pub struct Source {
    name: String,
    settings: Box<dyn Provider>,
}

impl Provider for Source {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        self.settings.data()
    }
}

impl Source {
    /// A TOML file.
    pub fn file(path: &Path, text: &str) -> Self {
        Self { name: path.display().to_string(), settings: Box::new(Toml::string(text)) }
    }

    /// Every variable with the prefix, but for those that are no settings.
    pub fn environment() -> Self {
        let links = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix(ENV_PREFIX)?.to_owned();
            is_service_link(&name, &value.to_string_lossy()).then_some(name)
        });
        let links: Vec<String> = links.collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        let variables = Env::prefixed(ENV_PREFIX).ignore(CLIENT_VARIABLES).ignore(&links).split("__");
        Self { name: ENVIRONMENT.to_owned(), settings: Box::new(variables) }
    }

    /// One flag: a dotted key and its value.
    pub fn flag(key: &str, value: &str) -> Self {
        Self { name: "the command line".to_owned(), settings: Box::new(Toml::string(&line(key, value))) }
    }
}

/// Whether a variable (without the prefix) is one of those that Kubernetes gives to every pod beside a service that is
/// called `hence` or `hence-…`: `HENCE_SERVICE_HOST=10.0.0.1`, `HENCE_PORT=tcp://10.0.0.1:9092`, `HENCE_PORT_9092_TCP_ADDR`.
pub fn is_service_link(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split('_').collect();
    let of_service = words.windows(2).any(|pair| matches!(pair, ["SERVICE", "HOST" | "PORT"]));
    let of_port = words.windows(3).any(|words| match words {
        ["PORT", number, protocol] => {
            number.parse::<u16>().is_ok() && matches!(*protocol, "TCP" | "UDP" | "SCTP")
        }
        _ => false,
    });
    of_service || of_port || (words.last() == Some(&"PORT") && value.contains("://"))
}

/// What is wrong, with the setting and its source.
pub fn explain(error: &figment::Error) -> String {
    let source = error.metadata.as_ref().map(|source| source.name.as_ref());
    let key = match source {
        Some(ENVIRONMENT) => format!("{ENV_PREFIX}{}", error.path.join("__").to_uppercase()),
        _ => error.path.join("."),
    };
    let what = match &error.kind {
        Kind::UnknownField(_, known) => {
            format!("there is no setting {key}; in its place there are {}", known.join(", "))
        }
        kind if error.path.is_empty() => kind.to_string(),
        kind => format!("{key}: {kind}"),
    };
    match source {
        Some(source) => format!("{source}: {what}"),
        None => what,
    }
}

/// `key = value` in TOML; what is not a number or a truth value is a string.
fn line(key: &str, value: &str) -> String {
    let bare = value.parse::<i64>().is_ok() || matches!(value, "true" | "false");
    if bare { format!("{key} = {value}") } else { format!("{key} = {}", toml_string(value)) }
}

fn toml_string(value: &str) -> String {
    let mut out = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04X}", letter as u32)),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
