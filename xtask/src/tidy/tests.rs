//! Each rule is shown a small house that breaks it once, and one that does not.

use std::collections::BTreeSet;

use super::exceptions::Exceptions;
use super::tree::{File, Tree};
use super::workspace::{Member, Workspace};
use super::{House, inspect};

const PAGE: &str = "//! What it is.\n//! What it never does.\n";
const FORBID: &str = "//! What it is.\n//! What it never does.\n#![forbid(unsafe_code)]\n";

/// A house that is tidy until something is planted in it.
struct Fixture {
    house: House,
    exceptions: Exceptions,
}

fn house() -> Fixture {
    let fixture = Fixture {
        house: House { tree: Tree::default(), workspace: Workspace::default() },
        exceptions: Exceptions::default(),
    };
    fixture
        .krate("hence-base", "crates/base", &[])
        .file("docs/ARCHITECTURE.md", "`crates/base` `crates/core` `crates/journal`\n")
}

impl Fixture {
    fn krate(mut self, name: &str, folder: &str, imports: &[&str]) -> Self {
        let root = format!("{folder}/src/lib.rs");
        let imports: BTreeSet<String> = imports.iter().map(|name| (*name).to_owned()).collect();
        self.house.workspace.graph.insert(name.to_owned(), imports.clone());
        self.house.workspace.names.insert(name.to_owned(), name.to_owned());
        let (id, name, folder) = (name.to_owned(), name.to_owned(), folder.to_owned());
        let manifest = format!("{folder}/Cargo.toml");
        self.house.workspace.members.push(Member { id, name, folder, roots: vec![root.clone()], imports });
        self.file(&root, FORBID).file(&manifest, "[lints]\nworkspace = true\n")
    }

    fn depends(mut self, from: &str, to: &str) -> Self {
        self.house.workspace.graph.entry(from.to_owned()).or_default().insert(to.to_owned());
        self.house.workspace.names.insert(to.to_owned(), to.to_owned());
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.house.tree.files.retain(|file| file.path != path);
        self.house.tree.files.push(File { path: path.to_owned(), text: text.to_owned() });
        self
    }

    fn code(self, body: &str) -> Self {
        self.file("crates/base/src/sample.rs", &format!("{PAGE}{body}"))
    }

    fn except(mut self, check: &str, file: &str) -> Self {
        let text = format!(
            "[[allow]]\ncheck = \"{check}\"\nfile = \"{file}\"\nreason = \"a reason that is long enough\"\n"
        );
        self = self.file("tidy.toml", &text);
        self.exceptions = Exceptions::load(&self.house.tree).expect("the text above is an exception");
        self
    }

    #[track_caller]
    fn expect(&self, problems: &[&str]) {
        let found: Vec<String> =
            inspect(&self.house, &self.exceptions).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), problems.len(), "found {found:#?}");
        for (found, expected) in found.iter().zip(problems) {
            assert!(found.contains(expected), "found {found}, expected {expected}");
        }
    }
}

#[test]
fn a_house_without_faults_has_no_problems() {
    house().expect(&[]);
}

#[test]
fn an_arrow_upwards_is_found() {
    let fixture =
        house().krate("hence-core", "crates/core", &[]).krate("hence-base", "crates/base", &["hence-core"]);
    let fixture = fixture.depends("hence-core", "hence-base");
    fixture
        .expect(&["crates/base/Cargo.toml:1: hence-base imports hence-core: layer 0 may not import layer 1"]);
}

#[test]
fn an_arrow_sideways_is_found_unless_it_is_listed() {
    let papers = "`crates/base` `crates/core` `crates/journal` `crates/message`\n";
    let rooms = || house().file("docs/ARCHITECTURE.md", papers).krate("hence-message", "crates/message", &[]);
    rooms().krate("hence-core", "crates/core", &["hence-message"]).expect(&[]);
    let journal = rooms().krate("hence-core", "crates/core", &[]).krate(
        "hence-journal",
        "crates/journal",
        &["hence-core"],
    );
    journal.expect(&["hence-journal imports hence-core"]);
}

#[test]
fn a_door_that_imports_the_journal_or_another_door_is_found() {
    let papers = "`crates/base` `crates/journal` `crates/door-kafka` `crates/door-http`\n";
    let rooms = house().file("docs/ARCHITECTURE.md", papers).krate("hence-journal", "crates/journal", &[]);
    let doors = rooms.krate("hence-door-http", "crates/door-http", &[]).krate(
        "hence-door-kafka",
        "crates/door-kafka",
        &["hence-door-http", "hence-journal"],
    );
    doors.expect(&["hence-door-http: layer 3 may not import layer 3", "hence-journal: a door never knows"]);
}

#[test]
fn a_codec_imports_nothing_but_base() {
    let papers = "`crates/base` `crates/message` `crates/kafka-proto`\n";
    let fixture = house().file("docs/ARCHITECTURE.md", papers).krate("hence-message", "crates/message", &[]);
    let fixture = fixture.krate("hence-kafka-proto", "crates/kafka-proto", &["hence-base", "hence-message"]);
    fixture.expect(&["hence-kafka-proto imports hence-message: it may import only hence-base"]);
}

#[test]
fn a_crate_without_a_layer_is_found() {
    let fixture = house().file("docs/ARCHITECTURE.md", "`crates/base` `crates/attic`\n");
    fixture.krate("hence-attic", "crates/attic", &[]).expect(&["hence-attic has no layer"]);
}

#[test]
fn a_library_for_users_never_depends_on_the_broker() {
    let fixture = house().file("docs/ARCHITECTURE.md", "`crates/base` `libs/sdk`\n");
    fixture.krate("hence-sdk", "libs/sdk", &["hence-base"]).expect(&["libs/ never depends on crates/"]);
}

#[test]
fn a_runtime_behind_another_package_is_found() {
    let fixture =
        house().krate("hence-core", "crates/core", &[]).depends("hence-core", "mid").depends("mid", "tokio");
    fixture.expect(&["hence-core depends on the async runtime tokio"]);
}

#[test]
fn a_crate_without_the_shared_lints_is_found() {
    house().file("crates/base/Cargo.toml", "[package]\n").expect(&["does not take the workspace's lints"]);
}

#[test]
fn a_crate_root_that_does_not_forbid_unsafe_code_is_found() {
    house().file("crates/base/src/lib.rs", PAGE).expect(&["the crate root does not forbid unsafe code"]);
}

#[test]
fn the_journal_may_allow_unsafe_code_in_one_module() {
    let allow = format!("{PAGE}#![allow(unsafe_code)]\n");
    let one =
        || house().krate("hence-journal", "crates/journal", &[]).file("crates/journal/src/lib.rs", PAGE);
    let one = || one().file("crates/journal/src/ring.rs", &allow);
    one().expect(&[]);
    one().file("crates/journal/src/second.rs", &allow).expect(&["second.rs:1: more than 1 module"]);
}

#[test]
fn a_long_file_is_found_unless_it_is_generated_or_a_test() {
    let long = format!("{PAGE}{}", "// a line\n".repeat(800));
    house().file("xtask/src/long.rs", &long).expect(&["xtask/src/long.rs:801: 802 lines, at most 800"]);
    house().file("crates/kafka-proto/src/generated/long.rs", &long).expect(&[]);
    house().file("xtask/src/tests.rs", &long).expect(&[]);
}

#[test]
fn a_file_is_not_generated_because_its_place_is_called_so() {
    let long = format!("{PAGE}{}", "// a line\n".repeat(800));
    let folder = "crates/kafka-proto/src/generated";
    for path in ["xtask/src/generated/long.rs", "xtask/src/generated.rs", &format!("{folder}_too/long.rs")] {
        house().file(path, &long).expect(&[&format!("{path}:801: 802 lines, at most 800")]);
    }
}

#[test]
fn a_long_function_is_found_unless_it_is_a_test() {
    let body = format!("fn long() {{\n{}}}\n", "    let _ = 1;\n".repeat(69));
    house().code(&body).expect(&["sample.rs:3: `long` has 71 lines, at most 70"]);
    house().code(&format!("#[test]\n{body}")).expect(&[]);
    house().code(&format!("#[cfg(test)]\nmod tests {{\n{body}}}\n")).expect(&[]);
    house().code(&body.replacen("    let _ = 1;\n", "", 1)).expect(&[]);
}

#[test]
fn base_over_its_budget_is_found() {
    house().code(&"// a line\n".repeat(596)).expect(&["601 lines, at most 600"]);
}

#[test]
fn a_lock_file_with_too_many_packages_is_found() {
    house().file("Cargo.lock", &"[[package]]\n".repeat(350)).expect(&["Cargo.lock:1: 350 packages"]);
    house().file("Cargo.lock", &"[[package]]\n".repeat(349)).expect(&[]);
}

#[test]
fn a_file_without_its_page_is_found() {
    let path = "xtask/src/sample.rs";
    house().file(path, "fn f() {}\n").expect(&["sample.rs:1: does not open with a module page"]);
    house().file(path, "//! One line.\n").expect(&["its module page has 1 lines"]);
    house().file(path, &"//! A line.\n".repeat(11)).expect(&["its module page has 11 lines"]);
    house().file("xtask/src/tests.rs", "//! One line.\n").expect(&[]);
}

#[test]
fn an_architecture_paper_that_forgets_a_crate_or_grows_is_found() {
    house().file("docs/ARCHITECTURE.md", "nothing\n").expect(&["does not name `crates/base`"]);
    let long = "`crates/base`\n".repeat(300);
    house().file("docs/ARCHITECTURE.md", &long).expect(&["300 lines, fewer than 300 allowed"]);
}

#[test]
fn banned_words_are_found_in_paths_types_and_modules_and_not_inside_words() {
    house().file("xtask/src/string_utils.rs", PAGE).expect(&["`utils` in the path"]);
    house()
        .code("pub struct QueueManager;\n")
        .expect(&["sample.rs:3: `manager` in the name of struct `QueueManager`"]);
    house().code("mod common {}\n").expect(&["`common` in the name of module"]);
    house().code("pub struct Commonplace;\npub enum Miscount {}\n").expect(&[]);
}

#[test]
fn get_prefixes_are_found_unless_a_trait_chose_the_name() {
    house()
        .code("fn get_size() {}\n")
        .expect(&["`get_size` starts with `get_` [get-prefix] → call it `size`"]);
    house().code("impl Foreign for Own {\n    fn get_size() {}\n}\n").expect(&[]);
}

#[test]
fn leftovers_are_found_in_code_and_notes_and_not_in_strings() {
    house().code("fn f() { vec![to\u{64}o!()]; }\n").expect(&["`todo!` is left over"]);
    house().code("fn f(x: u8) { d\u{62}g!(x); }\n").expect(&["`dbg!` is left over"]);
    house().code(&format!("// {}: later\n", ["FIX", "ME"].concat())).expect(&["is left over"]);
    house().code("const MACROS: &str = \"todo!\";\n").expect(&[]);
}

#[test]
fn names_of_machines_and_registry_hosts_are_found_unless_a_packager_wrote_them() {
    let machine = ["see /wo", "rk/main for more\n"].concat();
    house().file("docs/page.md", &machine).expect(&["docs/page.md:1: names a place of one machine"]);
    let host = ["https://registry.", "npmjs.example\n"].concat();
    house().file("compat/run.sh", &host).expect(&["names the registry host"]);
    house().file("compat/package-lock.json", &host).expect(&[]);
}

#[test]
fn code_that_does_not_parse_is_found() {
    house().code("fn f( {}\n").expect(&["sample.rs:3: does not parse"]);
}

#[test]
fn an_exception_covers_its_problem_and_one_that_covers_nothing_is_found() {
    let path = "crates/base/src/sample.rs";
    house().code("fn get_size() {}\n").except("get-prefix", path).expect(&[]);
    house()
        .code("")
        .except("get-prefix", path)
        .expect(&["`get-prefix` in crates/base/src/sample.rs excepts nothing"]);
}

#[test]
fn an_exception_without_a_reason_or_for_no_check_is_refused() {
    let load = |text: &str| Exceptions::load(&house().file("tidy.toml", text).house.tree).map(|_| ());
    let unknown = "[[allow]]\ncheck = \"none\"\nfile = \"a\"\nreason = \"a reason that is long enough\"\n";
    assert!(load(unknown).is_err_and(|error| error.to_string().contains("there is no check `none`")));
    let silent = "[[allow]]\ncheck = \"place\"\nfile = \"a\"\nreason = \"\"\n";
    assert!(load(silent).is_err_and(|error| error.to_string().contains("say why")));
}
