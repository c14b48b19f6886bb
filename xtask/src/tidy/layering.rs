//! Who may import whom: arrows point downwards, the few sideways ones are written here.
//!
//! The table is the wall: a crate under `crates/` or `libs/` that is not in it has no place yet and is a problem.
//! Development dependencies are not arrows (see `workspace`).

use super::workspace::Member;
use super::{House, Report};

/// A room of the house.
struct Room {
    name: &'static str,
    layer: u8,
    /// Rooms of the same layer that it may import.
    sideways: &'static [&'static str],
    /// When given, nothing else may be imported.
    only: Option<&'static [&'static str]>,
    /// Never imported, although the layer would allow it.
    never: &'static [&'static str],
}

const fn room(name: &'static str, layer: u8) -> Room {
    Room { name, layer, sideways: &[], only: None, never: &[] }
}

/// A door translates: it knows no other door and not how anything is stored.
const fn door(name: &'static str) -> Room {
    Room { never: &["hence-journal"], ..room(name, 3) }
}

const ROOMS: &[Room] = &[
    room("hence-base", 0),
    Room { sideways: &["hence-message"], ..room("hence-core", 1) },
    room("hence-message", 1),
    room("hence-journal", 1),
    Room { only: Some(&["hence-base"]), ..room("hence-kafka-proto", 1) },
    room("hence-broker", 2),
    Room {
        only: Some(&["hence-base", "hence-kafka-proto", "hence-message"]),
        ..room("hence-kafka-client", 2)
    },
    door("hence-door-kafka"),
    door("hence-door-http"),
    room("hence", 4),
];

/// Crates up to this layer are synchronous.
const SYNCHRONOUS_LAYER_MAX: u8 = 1;

/// What brings an async runtime.
const RUNTIMES: &[&str] = &[
    "actix-rt",
    "async-executor",
    "async-global-executor",
    "async-std",
    "compio",
    "embassy-executor",
    "futures-executor",
    "glommio",
    "monoio",
    "pollster",
    "smol",
    "tokio",
    "tokio-uring",
];

fn room_of(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Rule: every import between rooms is an arrow of the table.
pub fn arrows(house: &House, report: &mut Report<'_>) {
    for member in &house.workspace.members {
        let manifest = format!("{}/Cargo.toml", member.folder);
        for import in &member.imports {
            if let Some(wrong) = wrong_arrow(house, member, import) {
                let what = format!("{} imports {import}: {wrong}", member.name);
                report.add(&manifest, 1, what, "move what both need downwards, or pass it in as an argument");
            }
        }
        if member.folder.starts_with("crates/") && room_of(&member.name).is_none() {
            let what = format!("{} has no layer", member.name);
            report.add(
                &manifest,
                1,
                what,
                "give it a row in ROOMS (xtask/src/tidy/layering.rs) and in the papers",
            );
        }
    }
}

fn wrong_arrow(house: &House, member: &Member, import: &str) -> Option<String> {
    let imported = house.workspace.members.iter().find(|other| other.name == import)?;
    if member.folder.starts_with("libs/") {
        return imported.folder.starts_with("crates/").then(|| "libs/ never depends on crates/".to_owned());
    }
    let from = room_of(&member.name)?;
    let Some(to) = room_of(import) else {
        return Some(format!("{} is beside the house (tests and tasks)", imported.folder));
    };
    if let Some(only) = from.only {
        return (!only.contains(&to.name)).then(|| format!("it may import only {}", only.join(", ")));
    }
    if from.never.contains(&to.name) {
        return Some("a door never knows how anything is stored".to_owned());
    }
    let allowed = to.layer < from.layer || from.sideways.contains(&to.name);
    (!allowed).then(|| format!("layer {} may not import layer {}", from.layer, to.layer))
}

/// Rule: nothing that L0 and L1 depend on, however far, brings an async runtime.
pub fn no_runtime_below_the_shell(house: &House, report: &mut Report<'_>) {
    for member in &house.workspace.members {
        if room_of(&member.name).is_none_or(|room| room.layer > SYNCHRONOUS_LAYER_MAX) {
            continue;
        }
        for id in house.workspace.closure(&member.id) {
            let Some(name) = house.workspace.names.get(id) else { continue };
            if RUNTIMES.contains(&name.as_str()) {
                let what = format!("{} depends on the async runtime {}", member.name, name);
                let to_do =
                    format!("L0 and L1 are synchronous: see `cargo tree -p {} -i {}`", member.name, name);
                report.add(&format!("{}/Cargo.toml", member.folder), 1, what, to_do);
            }
        }
    }
}
