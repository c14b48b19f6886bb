//! What a scrape shows.

use std::time::Duration;

use hence_base::ErrorKind;

use super::*;

fn check(registry: &Registry, expect: &[&str]) {
    let text = registry.encode();
    for line in expect {
        assert!(text.lines().any(|found| found == *line), "no line {line:?} in\n{text}");
    }
}

#[test]
fn an_api_counts_requests_bytes_failures_and_time() {
    let registry = Registry::new();
    let produce = registry.apis("kafka").api("Produce");
    produce.received(100);
    produce.received(20);
    produce.answered(7, Duration::from_micros(300));
    produce.failed(ErrorKind::NotFound);
    check(
        &registry,
        &[
            r#"hence_requests_total{door="kafka",api="Produce"} 2"#,
            r#"hence_request_bytes_total{door="kafka",api="Produce"} 120"#,
            r#"hence_response_bytes_total{door="kafka",api="Produce"} 7"#,
            r#"hence_errors_total{door="kafka",api="Produce",kind="not_found"} 1"#,
            r#"hence_request_seconds_count{door="kafka",api="Produce"} 1"#,
            r#"hence_request_seconds_bucket{le="0.0002",door="kafka",api="Produce"} 0"#,
            r#"hence_request_seconds_bucket{le="0.0004",door="kafka",api="Produce"} 1"#,
            r#"hence_request_seconds_bucket{le="+Inf",door="kafka",api="Produce"} 1"#,
            "# EOF",
        ],
    );
}

#[test]
fn a_connection_is_open_until_its_count_is_dropped() {
    let registry = Registry::new();
    let connections = registry.connections("http");
    let one = connections.opened();
    let _other = connections.opened();
    drop(one);
    connections.turned_away("address").inc();
    check(
        &registry,
        &[
            r#"hence_connections_open{door="http"} 1"#,
            r#"hence_connections_turned_away_total{door="http",limit="address"} 1"#,
        ],
    );
}

#[test]
fn a_duration_beyond_every_bound_falls_into_the_last_bucket() {
    let latency = Latency::default();
    latency.observe(Duration::from_secs(3_600));
    latency.observe(Duration::from_micros(50));
    assert_eq!(latency.count(), 2);
    let registry = Registry::new();
    registry.register("sample_seconds", "A sample", latency);
    check(
        &registry,
        &[
            r#"hence_sample_seconds_bucket{le="0.00005"} 1"#,
            r#"hence_sample_seconds_bucket{le="25.0"} 1"#,
            r#"hence_sample_seconds_bucket{le="+Inf"} 2"#,
        ],
    );
}

#[test]
fn what_is_scraped_is_asked_when_metrics_are_read() {
    let registry = Registry::new();
    let asked = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let value = Arc::clone(&asked);
    registry.register_scraped("sample", "A sample", move || {
        value.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1
    });
    check(&registry, &["hence_sample 1"]);
    check(&registry, &["hence_sample 2"]);
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
    registry.register_scraped_counter("taken", "A counter", || u64::MAX);
    check(&registry, &["# TYPE hence_taken counter", "hence_taken_total 18446744073709551615"]);
}
