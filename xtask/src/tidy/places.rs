//! Names of one machine, one workplace or one registry's host: the tree must build and read the same anywhere.
//!
//! Lock files are written by packagers and apart. The names are written in halves so that this file has none of them.

use super::{House, Report};

/// Folders of the machines that this was written on.
const MACHINES: &[&str] = &[
    concat!("/wo", "rk/main"),
    concat!("/wo", "rk/shared"),
    concat!("/wo", "rk/steering"),
    concat!("/wo", "rk/.library"),
    concat!("/wo", "rk/.mirror"),
    concat!("/ro", "ot/"),
    concat!("/tmp/br", "ief"),
    concat!("farm-", "bench"),
    concat!("farm-", "studio"),
];

/// Hosts of package registries: a mirror must be able to stand in for each.
const REGISTRIES: &[&str] = &[
    concat!("crates.io-", "index"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("files.", "pythonhosted"),
    concat!("pypi", ".org"),
    concat!("registry.", "npmjs"),
    concat!("repo.", "maven"),
    concat!("repo1.", "maven"),
    concat!("proxy.", "golang"),
    concat!("deb.", "debian"),
    concat!("archive.", "ubuntu"),
];

/// Rule: no such name in any text of the tree.
pub fn names_of_places(house: &House, report: &mut Report<'_>) {
    for file in house.tree.files.iter().filter(|file| !file.is_lock()) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(place) = MACHINES.iter().find(|place| line.contains(**place)) {
                let what = format!("names a place of one machine, `{place}`");
                report.add(
                    &file.path,
                    index + 1,
                    what,
                    "use a path from the root of the tree, an argument or a setting",
                );
            }
            if let Some(host) = REGISTRIES.iter().find(|host| line.contains(**host)) {
                let what = format!("names the registry host `{host}`");
                report.add(
                    &file.path,
                    index + 1,
                    what,
                    "call the packager; its configuration knows the host",
                );
            }
        }
    }
}
