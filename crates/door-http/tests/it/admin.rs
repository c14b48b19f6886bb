//! Health, metrics, the cluster, topics, the description.

use hence_door_http::DamagedBlock;
use reqwest::Method;
use serde_json::json;

use crate::served::{DEFAULT_PARTITIONS, Served};

#[tokio::test]
async fn a_topic_is_created_listed_described_and_deleted() {
    let served = Served::start().await;
    let body = json!({"name": "orders", "partitions": 3, "config": {"retention.ms": "1000"}});
    let created = served.json(Method::POST, "/v1/topics", Some(body), 201).await;
    assert_eq!(created["name"], "orders");
    assert_eq!(created["id"].as_str().map(str::len), Some(22));
    assert_eq!(created["partitions"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        created["partitions"][2],
        json!({"partition": 2, "start": 0, "end": 0, "bytes": 0, "leader_epoch": 0})
    );
    assert_eq!(created["config"]["retention.ms"], "1000");
    assert_eq!(created["config"]["cleanup.policy"], "delete");
    assert_eq!(created["overrides"], json!(["retention.ms"]));
    let listed = served.get("/v1/topics", 200).await;
    let expected = json!({"topics": [{"name": "orders", "id": created["id"], "partitions": 3}]});
    assert_eq!(listed, expected);
    assert_eq!(served.get("/v1/topics/orders", 200).await, created);
    assert_eq!(served.send(Method::DELETE, "/v1/topics/orders", None).await.status().as_u16(), 204);
    assert_eq!(served.get("/v1/topics", 200).await, json!({"topics": []}));
}

#[tokio::test]
async fn a_topic_has_as_many_partitions_as_the_broker_is_told_unless_it_says() {
    let served = Served::start().await;
    let created = served.json(Method::POST, "/v1/topics", Some(json!({"name": "one"})), 201).await;
    assert_eq!(created["partitions"].as_array().map(Vec::len), Some(DEFAULT_PARTITIONS as usize));
}

#[tokio::test]
async fn what_is_refused_is_told_as_a_problem() {
    let served = Served::start().await;
    served.json(Method::POST, "/v1/topics", Some(json!({"name": "orders"})), 201).await;
    let create = async |body, status, text| {
        served.problem(Method::POST, "/v1/topics", Some(body), status, text).await;
    };
    create(json!({"name": "orders"}), 409, "already exists").await;
    create(json!({"name": "a b"}), 400, "Topic name is invalid").await;
    create(json!({"name": "p", "partitions": 0}), 400, "partitions").await;
    create(json!({"name": "p", "config": {"nope": "1"}}), 400, "nope").await;
    create(json!({"name": "p", "colour": "red"}), 422, "colour").await;
    create(json!({"partitions": 1}), 422, "name").await;
    served.problem(Method::GET, "/v1/topics/none", None, 404, "there is no topic 'none'\n  → ").await;
    served.problem(Method::DELETE, "/v1/topics/none", None, 404, "none").await;
    served.problem(Method::GET, "/v2/topics", None, 404, "/v2/topics").await;
    served.problem(Method::PATCH, "/v1/topics", None, 405, "PATCH").await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let served = Served::start().await;
    let body = json!({"name": "x".repeat(2 * 1024 * 1024)});
    served.problem(Method::POST, "/v1/topics", Some(body), 413, "").await;
}

#[tokio::test]
async fn the_cluster_says_what_it_is() {
    let served = Served::start().await;
    served.json(Method::POST, "/v1/topics", Some(json!({"name": "a", "partitions": 4})), 201).await;
    let cluster = served.get("/v1/cluster", 200).await;
    assert_eq!(cluster["cluster_id"], hence_broker::cluster_id([7; 16]));
    assert_eq!((&cluster["version"], &cluster["durability"]), (&json!("1.2.3"), &json!("memory")));
    assert_eq!((&cluster["topics"], &cluster["partitions"]), (&json!(1), &json!(4)));
    assert_eq!(cluster["listeners"]["http"], format!("localhost:{}", served.port));
}

#[tokio::test]
async fn health_and_readiness_follow_the_journal() {
    let served = Served::start().await;
    assert_eq!(served.send(Method::GET, "/healthz", None).await.text().await.expect("a body"), "ok\n");
    let ready = served.get("/readyz", 200).await;
    let whole = json!({"ready": true, "degraded": [], "disk_full": false, "damaged_blocks": 0});
    for (field, value) in whole.as_object().expect("fields") {
        assert_eq!(&ready[field], value, "{field}");
    }
    served.journal.close().expect("closes");
    let broken = served.get("/readyz", 503).await;
    assert_eq!((&broken["ready"], &broken["reason"]), (&json!(false), &json!("the journal is closed")));
    assert_eq!(served.send(Method::GET, "/healthz", None).await.status().as_u16(), 200);
    served.problem(Method::POST, "/v1/topics", Some(json!({"name": "late"})), 503, "stopping").await;
    served.get("/v1/topics", 200).await;
}

#[tokio::test]
async fn readiness_names_what_is_damaged_and_stays_while_the_rest_works() {
    let served = Served::start().await;
    let block = |at| DamagedBlock { file: "a.log".to_owned(), at };
    served.damaged.lock().expect("a list").extend((0..30).map(|at| block(4_096 * at)));
    let ready = served.get("/readyz", 200).await;
    assert_eq!((&ready["ready"], &ready["damaged_blocks"]), (&json!(true), &json!(30)));
    assert_eq!(ready["damaged"].as_array().map(Vec::len), Some(20));
    assert_eq!(ready["damaged"][1], json!({"file": "a.log", "at": 4_096}));
    let degraded = ready["degraded"][0].as_str().expect("words");
    assert!(degraded.starts_with("30 damaged blocks") && degraded.contains("a.log at byte 0"), "{degraded}");
    assert_eq!(ready["degraded"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn metrics_count_requests_connections_and_commits() {
    let served = Served::start().await;
    served.json(Method::POST, "/v1/topics", Some(json!({"name": "orders"})), 201).await;
    served.problem(Method::GET, "/v1/topics/none", None, 404, "none").await;
    let response = served.send(Method::GET, "/metrics", None).await;
    let content_type = response.headers()["content-type"].to_str().expect("text").to_owned();
    assert!(content_type.starts_with("application/openmetrics-text"), "{content_type}");
    let text = response.text().await.expect("a body");
    for line in [
        r#"hence_requests_total{door="http",api="CreateTopic"} 1"#,
        r#"hence_errors_total{door="http",api="DescribeTopic",kind="not_found"} 1"#,
        r#"hence_request_seconds_count{door="http",api="CreateTopic"} 1"#,
        r#"hence_connections_open{door="http"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "no line {line} in\n{text}");
    }
    let commits = text.lines().find_map(|line| line.strip_prefix("hence_commits_total ")).expect("commits");
    assert!(commits.parse::<u64>().is_ok_and(|commits| commits >= 1), "{commits}");
    assert!(text.contains("hence_commit_durable_seconds_bucket"), "{text}");
}

#[tokio::test]
async fn the_description_is_an_openapi_document_of_what_is_served() {
    let served = Served::start().await;
    let document = served.get("/v1/openapi.json", 200).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let create = &document["paths"]["/v1/topics"]["post"];
    let body = &create["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(body, "#/components/schemas/NewTopicBody");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["detail"].is_object());
}
