//! The crates of the workspace and their dependencies, as `cargo metadata` gives them.
//!
//! Normal and build dependencies count; development dependencies do not enter a product and are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The crates of this checkout and the graph of everything they depend on.
#[derive(Default)]
pub struct Workspace {
    /// Where the checkout is.
    pub root: PathBuf,
    /// The workspace's own crates.
    pub members: Vec<Member>,
    /// Package id to the ids of its normal and build dependencies.
    pub graph: BTreeMap<String, BTreeSet<String>>,
    /// Package id to name, for every package of the graph.
    pub names: BTreeMap<String, String>,
}

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its package id.
    pub id: String,
    /// Its package name.
    pub name: String,
    /// Its folder from the root of the tree.
    pub folder: String,
    /// Root files of its libraries and binaries, from the root of the tree.
    pub roots: Vec<String>,
    /// Names of the workspace crates that it imports.
    pub imports: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
    workspace_members: Vec<String>,
    resolve: Resolve,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct RawPackage {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<RawTarget>,
}

#[derive(Deserialize)]
struct RawTarget {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dep>,
}

#[derive(Deserialize)]
struct Dep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

impl Workspace {
    /// Asks cargo. Fails when `Cargo.lock` is not up to date.
    pub fn load() -> anyhow::Result<Self> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--format-version", "1", "--locked"])
            .output()
            .context("cargo metadata did not start")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo metadata failed: {}", said.trim());
        let metadata: Metadata = serde_json::from_slice(&output.stdout).context("reading cargo metadata")?;
        Ok(Self::of(metadata))
    }

    /// Every package that `member` pulls in, itself included.
    pub fn closure<'a>(&'a self, member: &'a str) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = vec![member];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.graph.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        seen
    }

    fn of(metadata: Metadata) -> Self {
        let graph: BTreeMap<_, BTreeSet<_>> =
            metadata.resolve.nodes.iter().map(normal_dependencies).collect();
        let names: BTreeMap<_, _> =
            metadata.packages.iter().map(|raw| (raw.id.clone(), raw.name.clone())).collect();
        let root = metadata.workspace_root;
        let own: BTreeSet<&String> = metadata.workspace_members.iter().collect();
        let names_of_own = |ids: &BTreeSet<String>| {
            ids.iter().filter(|id| own.contains(id)).map(|id| names[id].clone()).collect()
        };
        let members = metadata
            .packages
            .iter()
            .filter(|raw| own.contains(&raw.id))
            .map(|raw| Member {
                id: raw.id.clone(),
                name: raw.name.clone(),
                folder: from_root(&root, raw.manifest_path.parent().unwrap_or(&root)),
                roots: raw.roots().map(|path| from_root(&root, path)).collect(),
                imports: graph.get(&raw.id).map(names_of_own).unwrap_or_default(),
            })
            .collect();
        Self { root, members, graph, names }
    }
}

impl RawPackage {
    fn roots(&self) -> impl Iterator<Item = &PathBuf> {
        let product = |kind: &String| matches!(kind.as_str(), "lib" | "bin" | "proc-macro");
        self.targets
            .iter()
            .filter(move |target| target.kind.iter().any(product))
            .map(|target| &target.src_path)
    }
}

fn normal_dependencies(node: &Node) -> (String, BTreeSet<String>) {
    let enters = |dep: &&Dep| dep.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
    (node.id.clone(), node.deps.iter().filter(enters).map(|dep| dep.pkg.clone()).collect())
}

fn from_root(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
