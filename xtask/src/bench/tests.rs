//! The arithmetic of results and the making of tables, without a broker.

use serde_json::json;

use super::binaries::built_from;
use super::cells::{Base, CELLS, Cell, Load};
use super::clients::{Sent, java_rate, report};
use super::machine::Ticks;
use super::results::{Results, Run, Side, Spread, summarise};
use super::run::{Plan, choose, short, undisturbed};
use super::tables::{must_be_of_their_runs, must_be_whole, not_measured, number, render, replace};

fn runs(base: &[f64], hence: &[f64]) -> Vec<Run> {
    let of = |side| {
        move |value: &f64| {
            let cost = json!({ "others_share": 0.02 });
            Run { side, report: json!({ "mb_per_s": value, "broker_cpu_s_per_gb": 1.0, "cost": cost }) }
        }
    };
    base.iter().map(of(Side::Base)).chain(hence.iter().map(of(Side::Hence))).collect()
}

fn cell(name: &str) -> &'static Cell {
    CELLS.iter().find(|cell| cell.name == name).expect("a cell")
}

fn results(name: &str, runs: Vec<Run>) -> Results {
    let cell = CELLS.iter().find(|cell| cell.name == name).expect("a cell");
    Results {
        cell: name.to_owned(),
        commit: "0123456789".to_owned(),
        date: "2026-01-02".to_owned(),
        pinned: false,
        warm_up_s: 5.0,
        seconds: 15.0,
        rate: None,
        machine: json!({ "cpu": "a processor", "cores": 2, "kernel": "6.18.4-x", "memory": "2097152 kB", "file_system": "ext" }),
        disk_mb_per_s: None,
        base: json!({ "version": "4.4.0", "heap_mib": 1024, "properties": ["a=b"] }),
        hence: json!({}),
        summary: summarise(cell, &runs),
        runs,
    }
}

#[test]
fn every_cell_has_a_name_of_its_own_and_something_to_show() {
    for (n, cell) in CELLS.iter().enumerate() {
        assert!(!cell.targets.is_empty(), "{}", cell.name);
        assert!(CELLS[..n].iter().all(|other| other.name != cell.name), "{} twice", cell.name);
        let equal = match cell.base {
            Base::KafkaDefault => {
                matches!(cell.load, Load::Start) || cell.durability == "os" || cell.name.starts_with("u-")
            }
            Base::KafkaFlush | Base::Probe | Base::HenceOnFastDisk => cell.durability == "fsync",
        };
        assert!(equal, "{} compares unequal durability without saying so", cell.name);
    }
}

#[test]
fn a_pinned_run_leaves_out_the_start_and_refuses_it_by_name() {
    let names = |pinned| choose(&[], pinned).expect("cells").iter().map(|cell| cell.name).collect::<Vec<_>>();
    assert!(names(false).contains(&"start"));
    assert!(!names(true).contains(&"start") && names(true).len() + 1 == CELLS.len());
    assert!(choose(&["start".to_owned()], false).is_ok());
    let error = choose(&["a-16k".to_owned(), "start".to_owned()], true).expect_err("it cannot be pinned");
    assert!(error.to_string().contains("start cannot be pinned"), "{error}");
}

#[test]
fn what_neither_this_process_nor_its_children_used_is_of_others() {
    let of = |busy: u64, idle: u64, own: u64| {
        let machine = format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1\n");
        Ticks::of(&machine, &format!("7 (a (name) S 1 7 7 0 -1 0 0 0 0 0 {own} 10 20 30 20 0"))
            .expect("ticks")
    };
    let (before, after) = (of(1_000, 5_000, 100), of(1_400, 5_600, 300));
    assert_eq!((before.busy, before.all, before.own), (1_000, 6_000, 160));
    assert_eq!(after.others_share(before), 0.2);
    assert_eq!(Ticks::of("cpu 1 2", "7 (name) S"), None);
    assert!(Ticks::now().is_ok());
}

#[test]
fn a_run_that_others_disturbed_is_repeated_and_one_without_their_share_is_none() {
    let cell = CELLS.iter().find(|cell| cell.name == "start").expect("a cell");
    let plan = Plan { runs: 1, seconds: 1.0, warm_up: 0.0, repeats: 2, looks: false, pinned: false };
    let counted = |shares: &[f64]| {
        let mut shares = shares.iter();
        let mut once = 0;
        let last = undisturbed(cell, plan, || {
            once += 1;
            Ok(json!({ "start_ms": once, "stop_ms": 7, "cost": { "others_share": shares.next() } }))
        });
        last.map(|report| (once, short(cell, &report)))
    };
    let words = "start to first acknowledgement, ms, 7.0000 clean stop under load, ms, others took";
    assert_eq!(counted(&[0.05]).expect("a run"), (1, format!("1.0000 {words} 5 %")));
    assert_eq!(counted(&[0.5, 0.4, 0.3, 0.2]).expect("a run"), (3, format!("3.0000 {words} 30 %")));
    assert!(counted(&[]).is_err());
}

#[test]
fn the_median_is_the_middle_one_whatever_the_order() {
    let spread = Spread::of(vec![5.0, 1.0, 3.0]).expect("three");
    assert_eq!(spread, Spread { median: 3.0, min: 1.0, max: 5.0 });
    assert_eq!(Spread::of(vec![4.0, 1.0]).expect("two").median, 2.5);
    assert_eq!(Spread::of(Vec::new()), None);
}

#[test]
fn a_table_says_who_met_the_aim_and_who_missed_it() {
    let cell = CELLS.iter().find(|cell| cell.name == "a-16k").expect("a cell");
    let text = render(&[(cell, results("a-16k", runs(&[200.0, 210.0, 190.0], &[600.0, 620.0, 500.0])))]);
    assert!(text.contains("| MB/s | 200 (190–210) | 600 (500–620) | 3 × | ≥ 2.5 × met |"), "{text}");
    assert!(text.contains("| broker CPU s/GB | 1 (1–1) | 1 (1–1) | 1 × | ≤ 0.25 × **missed** |"), "{text}");
    assert!(text.contains("| a-16k | produce, 16 KiB requests, 1 connection | MB/s |"), "{text}");
    assert!(text.contains("took at most 2 % of the processors"), "{text}");
    assert!(text.contains("2 cores of a processor, 2 GiB, Linux 6.18, ext;"), "{text}");
}

#[test]
fn the_disk_of_the_day_is_told_and_where_nobody_looked() {
    let cell = |name: &str| CELLS.iter().find(|cell| cell.name == name).expect("a cell");
    let on = |disk_mb_per_s| Results { disk_mb_per_s, ..results("a-16k", runs(&[200.0], &[600.0])) };
    let text = render(&[(cell("a-16k"), on(Some(500.0))), (cell("a-1m"), on(Some(700.0)))]);
    assert!(text.contains("ext, whose disk stored 600 MB/s (500–700) of a log alone"), "{text}");
    let text = render(&[(cell("a-16k"), on(Some(500.0))), (cell("a-1m"), on(None))]);
    assert!(text.contains("before each cell; not recorded: `a-1m`;"), "{text}");
    let text = render(&[(cell("a-16k"), on(None))]);
    assert!(!text.contains("disk stored"), "{text}");
}

#[test]
fn cells_of_one_kind_are_in_one_table_and_a_figure_in_one_row() {
    let cell = |name: &str| CELLS.iter().find(|cell| cell.name == name).expect("a cell");
    let figures = || runs(&[200.0], &[600.0]);
    let names = ["a-16k", "b-16k", "a-1m"];
    let text = render(&names.map(|name| (cell(name), results(name, figures()))));
    assert_eq!(text.matches("| cell | what |").count(), 2, "{text}");
    let report = json!({ "start_ms": 20.0, "cost": { "others_share": 0.0 } });
    let start = [Side::Base, Side::Hence].map(|side| Run { side, report: report.clone() });
    let text = render(&[(cell("start"), results("start", start.to_vec()))]);
    assert!(text.contains("| ≤ 100 met; ≤ 0.05 × **missed** |"), "{text}");
    assert_eq!(text.matches("| start to first acknowledgement").count(), 1, "{text}");
}

#[test]
fn results_of_a_binary_that_was_named_do_not_claim_the_commit() {
    let of = |hence, generator| built_from("0123456789".to_owned(), hence, generator);
    assert_eq!(of(false, false), "0123456789");
    for (hence, generator) in [(true, false), (false, true), (true, true)] {
        assert!(of(hence, generator).ends_with(" of elsewhere"), "{}", of(hence, generator));
    }
}

#[test]
fn a_missed_aim_says_what_holds_it_back_and_a_met_one_says_nothing() {
    let text = |name: &str, hence: f64| {
        let text = render(&[(cell(name), results(name, runs(&[200.0], &[hence])))]);
        text.lines().filter(|line| line.starts_with("- ")).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    assert!(text("u-16k-4", 380.0).starts_with("- `u-16k-4`, MB/s, held back by: new segments"));
    assert_eq!(text("u-16k-4", 420.0), "");
    assert_eq!(text("b-16k", 200.0), "- `b-16k`, MB/s, held back by: not explained yet");
}

/// One run of each side with this resident size of Hence at most.
fn of_size(name: &str, mib: f64) -> (&'static Cell, Results) {
    let cost = |mib: f64| json!({ "others_share": 0.02, "broker": { "rss_peak_mib": mib } });
    let report = |mib: f64| json!({ "mb_per_s": 900.0, "rss_load_mib": 100.0, "cost": cost(mib) });
    let of = |(side, mib)| Run { side, report: report(mib) };
    (cell(name), results(name, [(Side::Base, 9_000.0), (Side::Hence, mib)].map(of).to_vec()))
}

#[test]
fn memory_is_judged_over_all_cells_beneath_the_table_of_the_start() {
    let small = render(&[of_size("b-one", 127.0), of_size("start", 1.0)]);
    assert!(small.contains("is 127 MiB (`b-one`); in 0 of 2 it is beyond 128 MiB"), "{small}");
    assert!(small.contains("configured cache: met.") && !small.contains("Held back by"), "{small}");
    let large = render(&[of_size("b-one", 238.0), of_size("a-16k", 129.0), of_size("start", 1.0)]);
    assert!(large.contains("is 238 MiB (`b-one`); in 2 of 3 it is beyond 128 MiB"), "{large}");
    assert!(large.contains(": **missed**.\nHeld back by: the index of sealed segments"), "{large}");
}

#[test]
fn a_check_names_absent_cells_and_a_summary_that_is_not_of_its_runs() {
    let all = || CELLS.iter().map(|cell| of_size(cell.name, 1.0)).collect::<Vec<_>>();
    must_be_whole(&all()).and_then(|()| must_be_of_their_runs(&all())).expect("all cells");
    let mut absent = all();
    absent.retain(|(cell, _)| !["b-16k", "start"].contains(&cell.name));
    let error = must_be_whole(&absent).expect_err("two are absent").to_string();
    assert!(error.contains("no file of b-16k, start:"), "{error}");
    let mut pinned_only = all();
    pinned_only[0].1.pinned = true;
    assert!(must_be_whole(&pinned_only).is_err());
    let mut changed = all();
    changed[0].1.summary[0].hence.median *= 1.01;
    let error = must_be_of_their_runs(&changed).expect_err("a changed median").to_string();
    assert!(error.contains("bench/results/a-16k.json is not that of its runs"), "{error}");
}

#[test]
fn a_footer_says_which_cells_were_measured_how_when_not_all_alike() {
    let mut found = [of_size("a-16k", 1.0), of_size("b-16k", 1.0), of_size("b-one", 1.0)];
    assert!(render(&found).contains("alternating runs (1 × 15 s after 5 s), both"));
    found[1].1.seconds = 10.0;
    let text = render(&found);
    assert!(
        text.contains("(1 × 15 s after 5 s: `a-16k`, `b-one`; 1 × 10 s after 5 s: `b-16k`), both"),
        "{text}"
    );
    found[0].1.runs[0].report = json!({});
    assert!(render(&found).contains("in any run; not recorded: `a-16k`."));
}

#[test]
fn what_is_not_measured_yet_is_said() {
    let pinned = |mut of: (&'static Cell, Results)| {
        of.1.pinned = true;
        of
    };
    let none = not_measured(&[of_size("a-16k", 1.0)], false);
    assert!(
        none.contains("the pinned table (`cargo xtask bench kafka --pinned`), the ceiling probes"),
        "{none}"
    );
    let one = not_measured(&[pinned(of_size("a-16k", 1.0))], true);
    assert!(one.contains("`b-16k` pinned") && !one.contains("`a-16k`") && !one.contains("`start`"), "{one}");
    let all: Vec<_> = CELLS.iter().map(|cell| pinned(of_size(cell.name, 1.0))).collect();
    assert_eq!(not_measured(&all, true), "");
}

#[test]
fn the_tables_of_a_readme_are_replaced_between_its_marks_only() {
    let readme = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n";
    let replaced = replace(readme, "new\n").expect("marks");
    assert_eq!(replaced, "before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter\n");
    assert_eq!(replace(&replaced, "new\n").expect("marks"), replaced);
    assert!(replace("no marks", "new\n").is_err());
}

#[test]
fn numbers_have_three_digits_that_count() {
    let cases = [
        (0.0001, "< 0.001"),
        (0.3333, "0.333"),
        (2.5, "2.5"),
        (12.345, "12.3"),
        (304_123.4, "304,123"),
        (1_000.0, "1,000"),
    ];
    for (value, expected) in cases {
        assert_eq!(number(value), expected);
    }
    assert_eq!((number(100.0), number(0.0), number(f64::NAN)), ("100".into(), "0".into(), "–".into()));
}

#[test]
fn the_rate_of_kafkas_producer_tool_is_read_from_its_last_line() {
    let printed = "100 records sent, 20.0 records/sec (0.02 MB/sec)\n300 records sent, 59.9 records/sec (0.06 MB/sec), 1 ms\n";
    assert_eq!(java_rate(printed), Some(59.9));
    assert_eq!(java_rate("nothing"), None);
}

#[test]
fn what_a_client_says_and_what_it_cost_become_rates() {
    let line = r#"{"client":"a client 1","records":1000,"bytes":2000000,"seconds":2.0,"cpu_s":0.9}"#;
    let sent: Sent = serde_json::from_str(line).expect("a client's line");
    let cost = json!({ "seconds": 2.5, "generator_cpu_s": 2.0, "broker": { "cpu_s": 0.5 } });
    let rates = report(&sent, &cost).expect("a report");
    for (figure, expected) in [
        ("records_per_s", 500.0),
        ("mb_per_s", 1.0),
        ("broker_cpu_s_per_gb", 250.0),
        ("client_processors", 0.8),
    ] {
        assert_eq!(rates[figure], json!(expected), "{figure}");
    }
    assert!(report(&Sent { records: 0, ..sent }, &cost).is_err());
}
