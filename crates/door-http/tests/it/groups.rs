//! Consumer groups over HTTP.

use hence_broker::core::{MemberRef, OffsetCommit, PartitionCommit, TopicCommit, TopicRef};
use reqwest::Method;
use serde_json::json;

use crate::served::Served;

async fn committed(served: &Served) {
    served.json(Method::POST, "/v1/topics", Some(json!({"name": "orders", "partitions": 2})), 201).await;
    let partition =
        |partition, offset| PartitionCommit { partition, offset, leader_epoch: -1, metadata: String::new() };
    let topic = TopicRef::Name("orders".to_owned());
    let commit = OffsetCommit {
        who: MemberRef { group: "billing".to_owned(), generation: -1, ..MemberRef::default() },
        retention_ms: None,
        topics: vec![TopicCommit { topic, partitions: vec![partition(0, 0), partition(1, 5)] }],
    };
    served.broker.call(commit).await.expect("durable").expect("committed");
}

#[tokio::test]
async fn a_group_is_listed_described_with_its_lag_and_deleted() {
    let served = Served::start().await;
    assert_eq!(served.get("/v1/groups", 200).await, json!({"groups": []}));
    committed(&served).await;
    let listed = served.get("/v1/groups", 200).await;
    assert_eq!(listed["groups"][0]["group"], "billing");
    assert_eq!(listed["groups"][0]["state"], "Empty");
    let group = served.get("/v1/groups/billing", 200).await;
    assert_eq!((&group["group"], &group["members"]), (&json!("billing"), &json!([])));
    let offsets = json!([
        {"topic": "orders", "partition": 0, "offset": 0, "end": 0, "lag": 0},
        {"topic": "orders", "partition": 1, "offset": 5, "end": 0, "lag": 0},
    ]);
    assert_eq!(group["offsets"], offsets);
    assert_eq!(served.get("/v1/groups/billing/offsets", 200).await, json!({"offsets": offsets}));
    assert_eq!(served.send(Method::DELETE, "/v1/groups/billing", None).await.status().as_u16(), 204);
    served.problem(Method::GET, "/v1/groups/billing", None, 404, "there is no group 'billing'").await;
}

#[tokio::test]
async fn a_group_that_is_not_there_is_told_so() {
    let served = Served::start().await;
    for path in ["/v1/groups/none", "/v1/groups/none/offsets"] {
        served.problem(Method::GET, path, None, 404, "there is no group 'none'\n  → ").await;
    }
    served.problem(Method::DELETE, "/v1/groups/none", None, 404, "none").await;
}
