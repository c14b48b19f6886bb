//! Topics over the protocol: created, described, grown, trimmed, changed, deleted.

use hence_door_kafka::{Advertised, Options};
use hence_kafka_proto::create_topics::CreatableTopic;
use hence_kafka_proto::delete_topics::DeleteTopicState;
use hence_kafka_proto::describe_configs::DescribeConfigsResource;
use hence_kafka_proto::describe_topic_partitions::{Cursor, TopicRequest};
use hence_kafka_proto::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse, ErrorCode, MetadataResponse, Uuid,
};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn metadata_creates_a_topic_only_when_it_is_told_to() {
    let house = House::open().await;
    let mut client = house.client().await;
    let code = |answer: crate::house::Answer| {
        let response: MetadataResponse<'_> = answer.read();
        (ErrorCode(response.topics[0].error_code), response.topics[0].partitions.len())
    };
    assert_eq!(code(client.metadata("t", false).await), (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0));
    assert_eq!(code(client.metadata("t", true).await), (ErrorCode::NONE, 1));
    assert_eq!(code(client.metadata("t", false).await), (ErrorCode::NONE, 1));
    assert_eq!(code(client.metadata("a/b", true).await), (ErrorCode::INVALID_TOPIC_EXCEPTION, 0));
    let quiet =
        House::open_with(Options { auto_create_topics: false, ..Default::default() }, Default::default());
    let mut client = quiet.await.client().await;
    assert_eq!(code(client.metadata("t", true).await), (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_the_one_that_this_client_connected_to_or_the_advertised_one() {
    let house = House::open().await;
    let answer = house.client().await.metadata("t", true).await;
    let response: MetadataResponse<'_> = answer.read();
    assert_eq!((&*response.brokers[0].host, response.brokers[0].port), ("127.0.0.1", i32::from(house.port)));
    assert_eq!(response.cluster_id.as_ref().map(|id| id.len()), Some(22));
    let advertised = Some(Advertised { host: "broker.example".to_owned(), port: 9 });
    let house = House::open_with(Options { advertised, ..Default::default() }, Default::default()).await;
    let answer = house.client().await.metadata("t", true).await;
    let response: MetadataResponse<'_> = answer.read();
    assert_eq!((&*response.brokers[0].host, response.brokers[0].port), ("broker.example", 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_cannot_be_created_says_why_and_the_others_are() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("old", 1, &[]).await;
    let topic = |name, num_partitions, replication_factor| CreatableTopic {
        name,
        num_partitions,
        replication_factor,
        ..Default::default()
    };
    let mut compact = topic("compact", 1, 1);
    let config =
        |name, value| hence_kafka_proto::create_topics::CreatableTopicConfig { name, value: Some(value) };
    compact.configs = vec![config("cleanup.policy", "compact")];
    let mut unknown = topic("unknown", 1, 1);
    unknown.configs = vec![config("nope", "1")];
    let topics = vec![
        topic("new", -1, -1),
        topic("old", 1, 1),
        topic("a/b", 1, 1),
        topic("none", 0, 1),
        topic("three", 1, 3),
        topic("twice", 1, 1),
        topic("twice", 1, 1),
        compact,
        unknown,
    ];
    let answer =
        client.ask(7, &CreateTopicsRequest { topics, timeout_ms: 1_000, ..Default::default() }).await;
    let response: CreateTopicsResponse<'_> = answer.read();
    let outcomes: Vec<_> =
        response.topics.iter().map(|topic| (&*topic.name, ErrorCode(topic.error_code))).collect();
    assert_eq!(
        outcomes,
        [
            ("new", ErrorCode::NONE),
            ("old", ErrorCode::TOPIC_ALREADY_EXISTS),
            ("a/b", ErrorCode::INVALID_TOPIC_EXCEPTION),
            ("none", ErrorCode::INVALID_PARTITIONS),
            ("three", ErrorCode::INVALID_REPLICATION_FACTOR),
            ("twice", ErrorCode::INVALID_REQUEST),
            ("compact", ErrorCode::INVALID_CONFIG),
            ("unknown", ErrorCode::INVALID_CONFIG),
        ]
    );
    let text = |at: usize| response.topics[at].error_message.as_deref().expect("a text");
    assert!(text(6).contains("cleanup.policy"), "{}", text(6));
    assert_eq!(text(7), "Unknown topic config name: nope");
    assert!(text(4).contains("kafka.accept_replication_factor"), "{}", text(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_copies_than_one_are_taken_where_that_is_set_and_one_is_shown() {
    let options = Options { accept_replication_factor: true, ..Default::default() };
    let house = House::open_with(options, Default::default()).await;
    let mut client = house.client().await;
    let topic = |name, replication_factor| CreatableTopic {
        name,
        num_partitions: 1,
        replication_factor,
        ..Default::default()
    };
    let topics = vec![topic("three", 3), topic("most", i16::MAX), topic("none", 0), topic("fewer", -2)];
    let answer =
        client.ask(7, &CreateTopicsRequest { topics, timeout_ms: 1_000, ..Default::default() }).await;
    let response: CreateTopicsResponse<'_> = answer.read();
    let created: Vec<_> =
        response.topics.iter().map(|it| (ErrorCode(it.error_code), it.replication_factor)).collect();
    let refused = (ErrorCode::INVALID_REPLICATION_FACTOR, -1);
    assert_eq!(created, [(ErrorCode::NONE, 1), (ErrorCode::NONE, 1), refused, refused]);
    let answer = client.metadata("three", false).await;
    let response: MetadataResponse<'_> = answer.read();
    assert_eq!(response.topics[0].partitions[0].replica_nodes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_created_anew_has_another_id() {
    let house = House::open().await;
    let mut client = house.client().await;
    let first = client.create("t", 1, &[]).await;
    let state = |name, topic_id| DeleteTopicState { name, topic_id };
    let request = DeleteTopicsRequest {
        topics: vec![state(None, first), state(Some("no"), Uuid::ZERO), state(None, Uuid([9; 16]))],
        timeout_ms: 1_000,
        ..Default::default()
    };
    let answer = client.ask(6, &request).await;
    let response: DeleteTopicsResponse<'_> = answer.read();
    let outcomes: Vec<_> = response.responses.iter().map(|each| ErrorCode(each.error_code)).collect();
    let unknown = [ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::UNKNOWN_TOPIC_ID];
    assert_eq!(outcomes, unknown);
    assert_eq!(response.responses[0].name.as_deref(), Some("t"));
    assert_ne!(client.create("t", 1, &[]).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_described_in_pieces_with_a_cursor_that_leads_to_all() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("a", 3, &[]).await;
    client.create("b", 2, &[]).await;
    let mut cursor: Option<(String, i32)> = None;
    let mut seen = Vec::new();
    for _ in 0..10 {
        let request = DescribeTopicPartitionsRequest {
            topics: vec![TopicRequest { name: "b" }, TopicRequest { name: "a" }],
            response_partition_limit: 2,
            cursor: cursor.as_ref().map(|(name, index)| Cursor { topic_name: name, partition_index: *index }),
        };
        let answer = client.ask(0, &request).await;
        let response: DescribeTopicPartitionsResponse<'_> = answer.read();
        for topic in &response.topics {
            let name = topic.name.as_deref().expect("a name").to_owned();
            seen.extend(topic.partitions.iter().map(|each| (name.clone(), each.partition_index)));
        }
        cursor = response.next_cursor.map(|next| (next.topic_name.into_owned(), next.partition_index));
        if cursor.is_none() {
            break;
        }
    }
    let all: Vec<(String, i32)> =
        [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)].map(|(name, at)| (name.to_owned(), at)).to_vec();
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn configs_of_topics_and_broker_are_described_whole_with_defaults_and_sources() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[("retention.ms", "1000")]).await;
    let resource = |resource_type, resource_name| DescribeConfigsResource {
        resource_type,
        resource_name,
        configuration_keys: None,
    };
    let request = DescribeConfigsRequest {
        resources: vec![resource(2, "t"), resource(4, "1"), resource(2, "no"), resource(4, "77")],
        include_synonyms: true,
        include_documentation: true,
    };
    for version in 1..=4 {
        let request = DescribeConfigsRequest { include_documentation: version >= 3, ..request.clone() };
        let answer = client.ask(version, &request).await;
        let response: DescribeConfigsResponse<'_> = answer.read();
        let codes: Vec<_> = response.results.iter().map(|each| ErrorCode(each.error_code)).collect();
        let (none, unknown) = (ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(codes, [none, none, unknown, ErrorCode::INVALID_REQUEST]);
        let topic = &response.results[0].configs;
        assert_eq!(topic.len(), hence_broker::core::SETTINGS.len());
        let retention = topic.iter().find(|config| config.name == "retention.ms").expect("it is there");
        assert_eq!((retention.value.as_deref(), retention.config_source), (Some("1000"), 1));
        let size = topic.iter().find(|config| config.name == "max.message.bytes").expect("it is there");
        assert_eq!((size.value.as_deref(), size.config_source), (Some("1048588"), 5));
        assert_eq!(size.synonyms[0].name, "message.max.bytes");
        assert!(response.results[1].configs.iter().any(|config| config.name == "auto.create.topics.enable"));
    }
}
